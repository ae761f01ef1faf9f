/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Any bytes as a SYN. First byte: how many bytes "were on the wire" beyond those given; 255: not
 * known. Holds: texts end in their buffers, both walks stay in bounds, a whole SYN parses the same
 * from its headers alone.
 */
#include <stdlib.h>
#include <string.h>

#include "user/model/fingerprint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_texts(const struct fingerprint *f)
{
	const char *texts[] = { f->raw_sig, f->sig, f->muonfp, f->kinds, f->quirks };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		/* One byte less would be a text that was cut off. */
		if (strlen(texts[i]) >= FINGERPRINT_LEN - 1)
			abort();
		for (const char *c = texts[i]; *c; c++)
			if (*c < 0x20 || *c > 0x7e)
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fingerprint f;
	struct syn s, again;
	uint8_t *bytes;
	size_t wire;

	if (!size)
		return 0;
	wire = data[0] == 255 ? SYN_WIRE_UNKNOWN : size - 1 + data[0];
	bytes = malloc(size); /* exactly as long as it may be read */
	if (!bytes)
		return 0;
	memcpy(bytes, data + 1, size - 1);
	if (syn_parse(bytes, size - 1, wire, &s) == SYN_OK) {
		if (s.layout_len > SYN_LAYOUT_MAX || s.kinds_len > SYN_KINDS_MAX)
			abort();
		if (s.ip_len + s.tcp_len > size - 1)
			abort();
		fingerprint_make(&s, &f);
		check_texts(&f);
		if (syn_parse(bytes, s.ip_len + s.tcp_len, SYN_WIRE_UNKNOWN, &again) != SYN_OK ||
		    memcmp(&s, &again, sizeof(s)))
			abort();
	}
	free(bytes);
	return 0;
}
