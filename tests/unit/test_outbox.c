/* SPDX-License-Identifier: GPL-2.0 */
/* The queue of shipped records, held against a plain list; and what --output accepts. */
#include "case.h"

#include <stdlib.h>
#include <string.h>

#include "user/sink/outbox.h"
#include "user/sink/output.h"

#define RECORDS 20000
#define LINE 128

/* Record n: a line of its own length and contents. */
static size_t line_of(unsigned int n, char *out)
{
	size_t len = (size_t)snprintf(out, LINE, "%u:", n);
	size_t fill = (n * 7919u) % 90;

	memset(out + len, 'a' + n % 26, fill);
	out[len + fill] = '\n';
	return len + fill + 1;
}

/* What a receiver gets: over several connections, each of which may end within a record. */
struct receiver {
	char *bytes;
	size_t len;
	unsigned int next; /* record expected */
	bool repeat;	   /* behind a break records that have arrived may come again */
};

static void receive(struct receiver *r, const struct iovec *pieces, int count, size_t len)
{
	for (int i = 0; i < count && len; i++) {
		size_t part = pieces[i].iov_len < len ? pieces[i].iov_len : len;

		memcpy(r->bytes + r->len, pieces[i].iov_base, part);
		r->len += part;
		len -= part;
	}
}

/* Whole lines only count; they come in order, none is missing but those that were dropped. */
static void check_lines(struct receiver *r, const bool *dropped)
{
	char *at = r->bytes, *end;

	while ((end = memchr(at, '\n', r->len - (size_t)(at - r->bytes)))) {
		unsigned int n = (unsigned int)strtoul(at, NULL, 10);
		char line[LINE];
		size_t len = line_of(n, line);

		assert_int_equal((size_t)(end - at) + 1, len);
		assert_memory_equal(at, line, len);
		if (n >= r->next || !r->repeat) {
			while (r->next < n)
				assert_true(dropped[r->next++]);
			assert_int_equal(r->next, n);
			r->next++;
			r->repeat = false;
		}
		at = end + 1;
	}
	r->len -= (size_t)(at - r->bytes);
	memmove(r->bytes, at, r->len);
}

static void send_some(struct outbox *box, struct receiver *r, uint64_t *seed)
{
	struct iovec pieces[2];
	uint64_t most = random_below(seed, 3000);
	int count = outbox_pieces(box, most, pieces);
	size_t len = count ? pieces[0].iov_len + (count > 1 ? pieces[1].iov_len : 0) : 0;

	assert_true(len <= most);
	receive(r, pieces, count, len);
	outbox_sent(box, len);
}

static void no_record_is_split_lost_or_out_of_order(void **state)
{
	bool *dropped = calloc(RECORDS, sizeof(*dropped));
	struct receiver r = { .bytes = malloc(1 << 20) };
	unsigned int n = 0, lost = 0;
	struct outbox box;
	uint64_t seed = 5;

	(void)state;
	assert_int_equal(outbox_init(&box, 1000), 0);
	assert_int_equal(box.size, 4096);
	while (n < RECORDS) {
		char batch[16 * LINE];
		size_t len = 0, taken;
		unsigned int first = n, count = 1 + random_below(&seed, 15);

		while (n < RECORDS && n < first + count)
			len += line_of(n++, batch + len);
		taken = outbox_put(&box, batch, len);
		first += (unsigned int)outbox_lines(batch, taken);
		for (; first < n; first++, lost++)
			dropped[first] = true;
		assert_true(box.tail - box.head <= box.size);
		send_some(&box, &r, &seed);
		if (random_below(&seed, 4) == 0) {
			/* Some of it is acknowledged, then the connection breaks. */
			outbox_arrived(&box, random_below(&seed, 2000));
			check_lines(&r, dropped);
			if (random_below(&seed, 4) == 0) {
				outbox_rewind(&box);
				r.len = 0;
				r.repeat = true;
			}
		}
	}
	while (outbox_unsent(&box))
		send_some(&box, &r, &seed);
	outbox_arrived(&box, 0);
	assert_true(outbox_empty(&box));
	check_lines(&r, dropped);
	assert_int_equal(r.len, 0);
	while (r.next < RECORDS)
		assert_true(dropped[r.next++]);
	assert_true(lost > 100 && lost < RECORDS / 2);
	outbox_release(&box);
	free(dropped);
	free(r.bytes);
}

static void whole_records_are_found_across_the_end_of_the_ring(void **state)
{
	struct iovec pieces[2];
	struct outbox box;
	char line[LINE];

	(void)state;
	assert_int_equal(outbox_init(&box, 4096), 0);
	for (unsigned int n = 0; n < 1000; n++) {
		size_t len = line_of(n, line);

		assert_int_equal(outbox_put(&box, line, len), len);
		assert_int_equal(outbox_put(&box, "x\n", 2), 2);
		assert_int_equal(outbox_records(&box), 2);
		assert_int_equal(outbox_whole(&box, len - 1), 0);
		assert_int_equal(outbox_whole(&box, len), len);
		assert_int_equal(outbox_whole(&box, len + 1), len);
		assert_int_equal(outbox_whole(&box, 4096), len + 2);
		/* One byte short of the first: nothing has arrived. */
		outbox_sent(&box, len + 2);
		outbox_arrived(&box, 3);
		assert_int_equal(outbox_records(&box), 2);
		outbox_arrived(&box, 2);
		assert_int_equal(outbox_records(&box), 1);
		outbox_rewind(&box);
		assert_int_equal(outbox_pieces(&box, 10, pieces) > 0, 1);
		assert_memory_equal(pieces[0].iov_base, "x", 1);
		outbox_sent(&box, 2);
		outbox_arrived(&box, 0);
		assert_true(outbox_empty(&box));
	}
	outbox_release(&box);
}

static void a_full_queue_takes_whole_records_only(void **state)
{
	char batch[8192];
	struct outbox box;

	(void)state;
	memset(batch, 'x', sizeof(batch));
	for (size_t i = 99; i < sizeof(batch); i += 100)
		batch[i] = '\n';
	assert_int_equal(outbox_init(&box, 4096), 0);
	assert_int_equal(outbox_put(&box, batch, 8100), 4000);
	assert_int_equal(outbox_put(&box, batch, 8100), 0);
	assert_int_equal(outbox_put(&box, "tiny\n", 5), 5);
	assert_int_equal(outbox_records(&box), 41);
	outbox_release(&box);
}

static void outputs_are_understood(void **state)
{
	struct output_spec o;
	char err[2048];

	(void)state;
	assert_int_equal(output_parse("-", &o, err, sizeof(err)), 0);
	assert_int_equal(o.kind, OUTPUT_STDOUT);
	assert_int_equal(output_parse("file:/a/b:c", &o, err, sizeof(err)), 0);
	assert_int_equal(o.kind, OUTPUT_FILE);
	assert_string_equal(o.path, "/a/b:c");
	assert_true(o.rotate == 0);
	assert_int_equal(output_parse("file:x,rotate=2G,keep=12", &o, err, sizeof(err)), 0);
	assert_true(o.rotate == 2ull << 30 && o.keep == 12);
	assert_string_equal(o.text, "file:x");
	assert_int_equal(output_parse("file:x,rotate=65536", &o, err, sizeof(err)), 0);
	assert_true(o.rotate == 65536 && o.keep == OUTPUT_KEEP_DEFAULT);
	assert_int_equal(output_parse("unix:/run/x,y", &o, err, sizeof(err)), 0);
	assert_string_equal(o.path, "/run/x,y");
	assert_int_equal(output_parse("tcp:[2001:db8::1]:514", &o, err, sizeof(err)), 0);
	assert_string_equal(o.path, "2001:db8::1");
	assert_string_equal(o.port, "514");
	assert_int_equal(output_parse("tcp:logs.example:00514", &o, err, sizeof(err)), 0);
	assert_string_equal(o.port, "514");
}

static void other_outputs_are_refused_with_a_sentence(void **state)
{
	static const char *const bad[] = {
		"", "x", "File:x", "file:", "file:,rotate=1M", "file:x,", "file:x,rotate=",
		"file:x,rotate=1", "file:x,rotate=1T", "file:x,rotate=1MM", "file:x,rotate=-1M",
		"file:x,rotate=1M,keep=0", "file:x,rotate=1M,keep=1001", "file:x,keep=3",
		"file:x,rotate=9999999999", "unix:", "tcp:", "tcp:host", "tcp:host:", "tcp::1",
		"tcp:host:0", "tcp:host:65536", "tcp:host:1k", "tcp:host:-1", "tcp:2001:db8::1:514",
		"tcp:[]:514", "tcp:[::1]",
	};
	char err[2048], path[200];
	struct output_spec o;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		err[0] = '\0';
		if (output_parse(bad[i], &o, err, sizeof(err)) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_true(strlen(err) > 15);
	}
	memset(path, 'x', sizeof(path));
	memcpy(path, "unix:", 5);
	path[sizeof(path) - 1] = '\0';
	assert_true(output_parse(path, &o, err, sizeof(err)) < 0);
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE("no record is split, lost or out of order",
		     no_record_is_split_lost_or_out_of_order),
		CASE("whole records are found across the end of the ring",
		     whole_records_are_found_across_the_end_of_the_ring),
		CASE("a full queue takes whole records only",
		     a_full_queue_takes_whole_records_only),
		CASE("outputs are understood", outputs_are_understood),
		CASE("other outputs are refused with a sentence",
		     other_outputs_are_refused_with_a_sentence),
	};

	return cmocka_run_group_tests_name("outbox", cases, NULL, NULL);
}
