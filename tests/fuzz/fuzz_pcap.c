/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Any bytes as a capture file. Holds: every frame lies inside memory (it is read through), and
 * the end comes.
 */
#include <stdlib.h>
#include <string.h>

#include "user/model/fingerprint.h"
#include "user/model/linklayer.h"
#include "user/source/capture.h"
#include "user/util/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_frame(int type, const struct capture_frame *frame)
{
	uint8_t *copy = malloc(frame->captured + 1); /* a read past the end is seen */
	struct fingerprint f;
	struct syn s;
	size_t at;

	if (!copy || frame->captured > frame->wire)
		abort();
	memcpy(copy, frame->bytes, frame->captured);
	if (!linklayer_ip(type, copy, frame->captured, &at) &&
	    !syn_parse(copy + at, frame->captured - at, frame->wire - at, &s))
		fingerprint_make(&s, &f);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct log_errors errors;
	_cleanup_(capture_freep) struct capture *capture = NULL;
	struct capture_frame frame;
	FILE *file;

	errors = (struct log_errors){ 0 };
	log_setup("fuzz", LOG_ERRORS, &errors);
	file = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
	if (!file || capture_new(file, "input", &capture))
		return 0;
	while (capture_next(capture, &frame) == 1)
		check_frame(capture_type(capture), &frame);
	return 0;
}
