/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events in words, for people: who (flow, addresses), then what and why. Each takes its own record
 * and writes at most len bytes with the NUL.
 */
#ifndef MODEL_SENTENCE_H
#define MODEL_SENTENCE_H

#include "user/model/event.h"

void sentence_round(const void *record, char *out, size_t len);
void sentence_backoff(const void *record, char *out, size_t len);
void sentence_suppressed(const void *record, char *out, size_t len);
void sentence_cut(const void *record, char *out, size_t len);
void sentence_undo(const void *record, char *out, size_t len);
void sentence_slow_start_exit(const void *record, char *out, size_t len);
void sentence_restart(const void *record, char *out, size_t len);
void sentence_flow_start(const void *record, char *out, size_t len);
void sentence_flow_end(const void *record, char *out, size_t len);
void sentence_syn(const void *record, char *out, size_t len); /* struct syn_report */
void sentence_hello(const void *record, char *out, size_t len);
void sentence_stats(const void *record, char *out, size_t len);
void sentence_bye(const void *record, char *out, size_t len);

#endif
