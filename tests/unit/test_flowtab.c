/* SPDX-License-Identifier: GPL-2.0 */
/* What the live view is made of: the table of flows, order, charts, histograms and time lines. */
#include "case.h"

#include <string.h>

#include "user/model/chart.h"
#include "user/model/flowtab.h"
#include "user/model/idmap.h"
#include "user/model/order.h"
#include "user/model/timeline.h"
#include "user/util/own.h"

#define SECOND 1000000000ull

static void the_map_holds_what_a_list_holds(void **state)
{
	static int present[512], values[512];
	struct idmap map = {};
	uint64_t seed = 7;
	size_t count = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint32_t id = random_below(&seed, 512);

		if (random_below(&seed, 2)) {
			assert_int_equal(idmap_put(&map, id, &values[id]), 0);
			count += !present[id];
			present[id] = 1;
		} else {
			assert_ptr_equal(idmap_take(&map, id), present[id] ? &values[id] : NULL);
			count -= present[id];
			present[id] = 0;
		}
		assert_int_equal(map.count, count);
		id = random_below(&seed, 512);
		assert_ptr_equal(idmap_get(&map, id), present[id] ? &values[id] : NULL);
	}
	idmap_release(&map);
}

static void time_follows_speed_pause_and_seek(void **state)
{
	struct timeline t;
	double speed;

	(void)state;
	timeline_start(&t, 100 * SECOND, 5 * SECOND, 2);
	assert_int_equal(timeline_at(&t, 4 * SECOND), 100 * SECOND);
	assert_int_equal(timeline_at(&t, 8 * SECOND), 106 * SECOND);
	timeline_pause(&t, 8 * SECOND, true);
	assert_int_equal(timeline_at(&t, 50 * SECOND), 106 * SECOND);
	timeline_pause(&t, 50 * SECOND, false);
	timeline_set_speed(&t, 51 * SECOND, 0.5);
	assert_int_equal(timeline_at(&t, 53 * SECOND), 109 * SECOND);
	timeline_seek(&t, 53 * SECOND, UINT64_MAX - 5);
	assert_int_equal(timeline_at(&t, 90 * SECOND), UINT64_MAX);
	timeline_set_speed(&t, 90 * SECOND, 1e9);
	assert_true(t.speed == TIMELINE_SPEED_MAX);
	assert_true(timeline_parse_speed("0.5", &speed) && speed == 0.5);
	assert_true(timeline_parse_speed("10x", &speed) && speed == 10);
	for (const char *const *bad =
		 (const char *const[]){ "", "x", "0", "0x10", "-1", "nan", "1.2.3", "1e3", "2xx",
					"9999999", NULL };
	     *bad; bad++)
		assert_false(timeline_parse_speed(*bad, &speed));
}

static void a_histogram_has_its_edges(void **state)
{
	struct hist h = {};

	(void)state;
	for (size_t i = 0; i + 1 < HIST_BUCKETS; i++) {
		hist_add(&h, hist_edge_us(i) - 1);
		assert_int_equal(h.bucket[i], 1);
	}
	hist_add(&h, UINT64_MAX);
	assert_int_equal(h.bucket[HIST_BUCKETS - 1], 1);
	assert_int_equal(hist_quantile_us(&h, 0.5), hist_edge_us(HIST_BUCKETS / 2 - 1));
	assert_int_equal(hist_quantile_us(&(struct hist){}, 0.5), 0);
}

/* A rising line covers every column, from the lower left to the upper right. */
static void a_chart_draws_a_line(void **state)
{
	double values[40];
	struct chart c;
	char cell[4];

	(void)state;
	for (int i = 0; i < 40; i++)
		values[i] = i;
	for (int ascii = 0; ascii < 2; ascii++) {
		chart_init(&c, 20, 5, ascii);
		chart_line(&c, values, ascii ? 20 : 40, 0, ascii ? 19 : 39, 1);
		assert_int_equal(chart_cell(&c, 0, 4, cell), 1);
		assert_int_equal(chart_cell(&c, 19, 0, cell), 1);
		assert_int_equal(chart_cell(&c, 0, 0, cell), 0);
		for (unsigned int x = 0; x < 20; x++) {
			int drawn = 0;

			for (unsigned int y = 0; y < 5; y++)
				drawn += chart_cell(&c, x, y, cell) == 1;
			assert_true(drawn > 0);
		}
	}
	chart_init(&c, 100000, 100000, false);
	chart_line(&c, values, 40, -1e300, 1e300, 2);
	chart_line(&c, values, 0, 0, 1, 2);
	assert_true(c.width == CHART_WIDTH_MAX && c.height == CHART_HEIGHT_MAX);
}

static void a_sparkline_scales_to_its_largest(void **state)
{
	char text[32];

	(void)state;
	chart_spark((int32_t[]){ INT32_MIN, 0, INT32_MAX }, 3, true, text);
	assert_string_equal(text, "_=#");
	chart_spark((int32_t[]){ -8, 8 }, 2, false, text);
	assert_string_equal(text, "\u2581\u2588");
	chart_spark(NULL, 0, false, text);
	assert_string_equal(text, "");
}

static struct cdg_rec_flow flow_of(uint64_t flow, uint64_t seconds, uint64_t bytes)
{
	struct cdg_rec_flow rec = {
		.conn.head = { .type = CDG_REC_FLOW, .len = sizeof(rec), .ts_ns = seconds * SECOND,
			       .flow = flow },
		.conn.family = 4, .conn.srtt_us = 1000 * (uint32_t)flow, .conn.cwnd = 10,
		.tcp.bytes_acked = bytes, .tcp.mss = 1000, .start_ns = 1,
	};

	rec.conn.daddr[0] = (uint8_t)(flow % 2);
	return rec;
}

static void rates_are_those_between_ticks(void **state)
{
	_cleanup_(flowtab_freep) struct flowtab *tab = NULL;
	struct cdg_rec_flow rec = flow_of(1, 10, 5000);
	struct cdg_rec_backoff backoff = { .conn = rec.conn };

	(void)state;
	assert_int_equal(flowtab_new(true, &tab), 0);
	assert_int_equal(flowtab_record(tab, &rec, sizeof(rec)), 0);
	flowtab_tick(tab, 10 * SECOND, 0);
	assert_false(flowtab_find(tab, 1)->has_rates);
	rec = flow_of(1, 12, 25000);
	assert_int_equal(flowtab_record(tab, &rec, sizeof(rec)), 0);
	backoff.conn.head = (struct cdg_rec_head){ .type = CDG_REC_BACKOFF, .len = sizeof(backoff),
						   .ts_ns = 12 * SECOND, .flow = 1 };
	for (int i = 0; i < 30; i++)
		assert_int_equal(flowtab_record(tab, &backoff, sizeof(backoff)), 0);
	flowtab_tick(tab, 12 * SECOND, 0);
	assert_int_equal(flowtab_find(tab, 1)->rate_bytes, 10000);
	assert_true(flowtab_find(tab, 1)->backoffs_rate == 15);
	assert_true(flowtab_totals(tab)->backoffs_rate == 15);
	assert_int_equal(flowtab_log_count(flowtab_find(tab, 1)), FLOWTAB_LOG);
	/* Two wild counts within a nanosecond. */
	rec = flow_of(1, 13, UINT64_MAX);
	assert_int_equal(flowtab_record(tab, &rec, sizeof(rec)), 0);
	flowtab_tick(tab, 12 * SECOND + 1, 0);
	assert_int_equal(flowtab_find(tab, 1)->rate_bytes, 9000000000000000000ull);
}

/* What is delivered behind a snapshot may have happened before it: its totals hold it. */
static void late_events_are_not_counted_twice(void **state)
{
	_cleanup_(flowtab_freep) struct flowtab *tab = NULL;
	struct cdg_rec_flow rec = flow_of(1, 10, 5000);
	struct cdg_rec_backoff backoff = { .conn = rec.conn };

	(void)state;
	assert_int_equal(flowtab_new(true, &tab), 0);
	backoff.conn.cwnd = 77;
	rec.totals.backoffs = 3;
	assert_int_equal(flowtab_record(tab, &rec, sizeof(rec)), 0);
	for (uint64_t s = 9; s <= 11; s += 2) {
		backoff.conn.head = (struct cdg_rec_head){
			.type = CDG_REC_BACKOFF, .len = sizeof(backoff), .ts_ns = s * SECOND,
			.flow = 1,
		};
		assert_int_equal(flowtab_record(tab, &backoff, sizeof(backoff)), 0);
		assert_int_equal(flowtab_find(tab, 1)->flow.totals.backoffs, s < 10 ? 3 : 4);
		assert_int_equal(flowtab_find(tab, 1)->flow.conn.cwnd, s < 10 ? 10 : 77);
	}
	assert_int_equal(flowtab_log_count(flowtab_find(tab, 1)), 2);
}

static void flows_that_leave_a_snapshot_linger_and_go(void **state)
{
	_cleanup_(flowtab_freep) struct flowtab *tab = NULL;
	const struct field *by[2] = {};
	struct flowtab_group *groups;
	size_t count;

	(void)state;
	assert_int_equal(flowtab_new(true, &tab), 0);
	by[0] = fields_find(flowtab_table(tab), "daddr", 5);
	for (uint64_t s = 1; s < 9; s++) {
		flowtab_snapshot_begin(tab);
		for (uint64_t flow = 1; flow <= (s < 3 ? 100 : 60); flow++) {
			struct cdg_rec_flow rec = flow_of(flow, s, 0);

			assert_int_equal(flowtab_record(tab, &rec, sizeof(rec)), 0);
		}
		flowtab_snapshot_end(tab);
		flowtab_tick(tab, s * SECOND, 77);
		assert_int_equal(flowtab_totals(tab)->flows, s < 3 ? 100 : 60);
		/* Seen last at 2 s, shown for three more; one is kept as it is looked at. */
		assert_int_equal(flowtab_count(tab), s < 6 ? 100 : 61);
	}
	assert_true(flowtab_find(tab, 77)->ended);
	assert_int_equal(flowtab_groups(tab, by, &groups, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(groups[0].flows + groups[1].flows, 60);
	flowtab_groups_free(groups, count);
}

static void the_history_keeps_the_latest_rounds(void **state)
{
	_cleanup_(flowtab_freep) struct flowtab *tab = NULL;
	const struct flowtab_row *row;

	(void)state;
	assert_int_equal(flowtab_new(true, &tab), 0);
	for (uint32_t i = 1; i <= 3 * FLOWTAB_HISTORY; i++) {
		struct cdg_rec_round rec = { .number = i, .round.rtt_min_us = (int32_t)i };

		rec.conn.head = (struct cdg_rec_head){ .type = CDG_REC_ROUND, .len = sizeof(rec),
						       .ts_ns = i, .flow = 5 };
		assert_int_equal(flowtab_record(tab, &rec, sizeof(rec)), 0);
		row = flowtab_find(tab, 5);
		assert_int_equal(flowtab_history(row, flowtab_history_count(row) - 1)->rtt_min_us,
				 i);
		assert_int_equal(flowtab_history_count(row),
				 i < FLOWTAB_HISTORY ? i : FLOWTAB_HISTORY);
	}
	assert_int_equal(flowtab_history(row, 0)->rtt_min_us, 2 * FLOWTAB_HISTORY + 1);
}

/* Knows the SYN of every odd cookie; ctx: how often it was asked. */
static void find_syn(void *ctx, const struct cdg_rec_conn *conn, struct flow_syn *out)
{
	++*(int *)ctx;
	if (conn->cookie % 2)
		*out = (struct flow_syn){ .status = "ok", .ok = 1, .sig = "4:64:0:*",
					  .label = conn->cookie % 4 == 1 ? "Linux" : NULL };
}

static void flows_are_joined_with_their_syns_once(void **state)
{
	_cleanup_(flowtab_freep) struct flowtab *tab = NULL;
	const struct field *by[3] = {};
	struct flowtab_group *groups;
	size_t count;
	int asked = 0;

	(void)state;
	assert_int_equal(flowtab_new(true, &tab), 0);
	by[0] = fields_find(flowtab_table(tab), "label", 5);
	by[1] = fields_find(flowtab_table(tab), "sig", 3);
	assert_true(by[0] && by[1]);
	for (uint64_t flow = 1; flow <= 10; flow++) {
		struct cdg_rec_flow rec = flow_of(flow, 1, 0);

		/* Nobody asked for a cookie of the last two. */
		rec.conn.cookie = flow > 8 ? 0 : flow;
		assert_int_equal(flowtab_record(tab, &rec, sizeof(rec)), 0);
		assert_true(flowtab_lacks_syn(flowtab_find(tab, flow)) == (flow <= 8));
	}
	for (int i = 0; i < 3; i++)
		flowtab_join(tab, find_syn, &asked);
	assert_int_equal(asked, 8);
	flowtab_tick(tab, SECOND, 0);
	assert_int_equal(flowtab_groups(tab, by, &groups, &count), 0);
	assert_int_equal(count, 2);
	assert_string_equal(groups[0].name, "Linux");
	assert_string_equal(groups[1].name, "4:64:0:*");
	assert_int_equal(groups[0].flows + groups[1].flows, 4);
	flowtab_groups_free(groups, count);
}

static void order_keeps_absent_values_last(void **state)
{
	static const uint32_t srtt[] = { 3, 0, 1, 2, 0, 1 };
	static const uint32_t up[] = { 2, 5, 3, 0, 1, 4 }, down[] = { 0, 3, 2, 5, 1, 4 };
	const struct field *field = fields_find(&fields_flow, "srtt_us", 7);
	struct cdg_rec_flow recs[6] = {};
	const void *list[6];

	(void)state;
	for (int descending = 0; descending < 2; descending++) {
		for (int i = 0; i < 6; i++) {
			recs[i].conn.srtt_us = srtt[i];
			list[i] = &recs[i];
		}
		assert_int_equal(order_records(list, 6, field, descending), 0);
		for (int i = 0; i < 6; i++)
			assert_ptr_equal(list[i], &recs[descending ? down[i] : up[i]]);
	}
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE("the map holds what a list holds", the_map_holds_what_a_list_holds),
		CASE("time follows speed, pause and seek", time_follows_speed_pause_and_seek),
		CASE("a histogram has its edges", a_histogram_has_its_edges),
		CASE("a chart draws a line", a_chart_draws_a_line),
		CASE("a sparkline scales to its largest", a_sparkline_scales_to_its_largest),
		CASE("rates are those between ticks", rates_are_those_between_ticks),
		CASE("late events are not counted twice", late_events_are_not_counted_twice),
		CASE("flows that leave a snapshot linger and go",
		     flows_that_leave_a_snapshot_linger_and_go),
		CASE("the history keeps the latest rounds", the_history_keeps_the_latest_rounds),
		CASE("flows are joined with their SYNs, once",
		     flows_are_joined_with_their_syns_once),
		CASE("order keeps absent values last", order_keeps_absent_values_last),
	};

	return cmocka_run_group_tests_name("flowtab", cases, NULL, NULL);
}
