// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a capture file. Holds: every packet lies inside memory (it is read through), and
 * the end comes.
 */
#include <stdlib.h>
#include <string.h>

#include "user/model/fingerprint.h"
#include "user/source/capture.h"
#include "user/util/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct log_errors errors;
	_cleanup_(capture_freep) struct capture *capture = NULL;
	struct capture_packet packet;
	uint64_t count = 0;
	FILE *file;

	errors = (struct log_errors){ 0 };
	log_setup("fuzz", LOG_ERRORS, &errors);
	file = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
	if (!file || capture_new(file, "input", &capture))
		return 0;
	while (capture_next(capture, &packet) == 1) {
		struct fingerprint f;
		struct syn s;
		uint8_t *copy = malloc(packet.captured + 1);

		if (!copy || packet.captured > packet.wire || ++count > size)
			abort();
		memcpy(copy, packet.ip, packet.captured);
		if (syn_parse(copy, packet.captured, packet.wire, &s) == SYN_OK)
			fingerprint_make(&s, &f);
		free(copy);
	}
	return 0;
}
