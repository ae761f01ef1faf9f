/* SPDX-License-Identifier: GPL-2.0 */
/* The table of metrics and its text, as Prometheus and as OpenMetrics. */
#include "case.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "user/sink/prom.h"
#include "user/util/own.h"

static struct metrics_view view;
static struct buf out;

static const char *written(enum prom_format format)
{
	buf_reset(&out);
	prom_write(&out, format, &view);
	buf_putc(&out, '\0');
	assert_false(out.failed);
	return out.data;
}

static void has(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = strstr(text, line); at; at = strstr(at + 1, line))
		if ((at == text || at[-1] == '\n') && at[len] == '\n')
			return;
	fail_msg("no line: %s", line);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("found: %s", part);
}

static void fresh(void)
{
	memset(&view, 0, sizeof(view));
	view.version = view.kernel = view.own_build_id = view.build_id = "x";
	view.registered_by = "link";
	view.up = view.has_cc = view.has_syn = view.serving = true;
	view.cc[0] = view.info_cc[0] = "cdg";
	view.cc[1] = view.info_cc[1] = "cdg_bpf";
}

static bool is_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!islower((unsigned char)*p) && *p != '_' && !isdigit((unsigned char)*p))
			return false;
	return !strncmp(name, "cdg_", 4);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), tail = strlen(end);

	return len >= tail && !strcmp(text + len - tail, end);
}

static void table(void **state)
{
	static const char *const reserved[] = { "_total", "_info", "_bucket", "_count", "_sum" };

	(void)state;
	for (size_t i = 0; i < metrics_family_count; i++) {
		const struct metrics_family *f = &metrics_families[i];

		assert_true(is_name(f->name));
		for (size_t r = 0; r < ARRAY_SIZE(reserved); r++)
			assert_false(ends_with(f->name, reserved[r]));
		assert_true(!f->unit || ends_with(f->name, f->unit));
		assert_true(strlen(f->help) > 10 && ends_with(f->help, "."));
		assert_true(f->type != METRICS_HISTOGRAM || f->layout.last > 2);
		assert_true(f->type != METRICS_HISTOGRAM || (f->sum == 0) == f->layout.is_signed);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(f->name, metrics_families[k].name);
	}
}

static void labels_are_fixed(void **state)
{
	static const char *const never[] = { "addr", "port", "cookie", "pid", "flow", "peer" };

	(void)state;
	for (size_t i = 0; i < metrics_family_count; i++) {
		const struct metrics_label *labels = metrics_families[i].labels;

		for (size_t d = 0; d < METRICS_DIMENSIONS && labels[d].name; d++)
			for (size_t n = 0; n < ARRAY_SIZE(never); n++)
				assert_null(strstr(labels[d].name, never[n]));
	}
}

static void counters_and_gauges(void **state)
{
	const char *text;

	(void)state;
	fresh();
	view.kernel_side.cuts[CDG_CAUSE_RTO] = 7;
	view.kernel_side.backoffs[CDG_REASON_MAX] = 18446744073709551615ull;
	view.flows[3] = 5;
	view.load_time_ms = 1500;
	view.scrape_ns = 1020;
	text = written(PROM_TEXT);
	has(text, "# TYPE cdg_cuts_total counter");
	has(text, "cdg_cuts_total{cause=\"rto\"} 7");
	has(text, "cdg_backoffs_total{reason=\"gradient_max\"} 18446744073709551615");
	has(text, "cdg_flows{cc=\"cdg_bpf\",generation=\"replaced\"} 5");
	has(text, "cdg_load_time_seconds 1.5");
	has(text, "cdg_exporter_scrape_duration_seconds 0.00000102");
	has(text, "# TYPE cdg_build_info gauge");
	has_not(text, "cause=\"none\"");
	has_not(text, "# UNIT");
	has_not(text, "# EOF");
	text = written(PROM_OPENMETRICS);
	has(text, "# TYPE cdg_cuts counter");
	has(text, "cdg_cuts_total{cause=\"rto\"} 7");
	has(text, "# TYPE cdg_build info");
	has(text, "# UNIT cdg_sent_bytes bytes");
	assert_true(ends_with(text, "\n# EOF\n"));
}

static void histograms(void **state)
{
	const char *text;

	(void)state;
	fresh();
	view.kernel_side.rtt[0] = 1;
	view.kernel_side.rtt[2] = 2;
	view.kernel_side.rtt[CDG_HIST_RTT.last] = 4;
	view.kernel_side.rtt_sum_us = 20000150;
	view.kernel_side.grad_max[0] = 3;
	view.kernel_side.cwnd[1] = 1;
	text = written(PROM_TEXT);
	has(text, "# TYPE cdg_rtt_seconds histogram");
	has(text, "cdg_rtt_seconds_bucket{le=\"0.000032\"} 1");
	has(text, "cdg_rtt_seconds_bucket{le=\"0.000048\"} 1");
	has(text, "cdg_rtt_seconds_bucket{le=\"0.000064\"} 3");
	has(text, "cdg_rtt_seconds_bucket{le=\"8.388608\"} 3");
	has(text, "cdg_rtt_seconds_bucket{le=\"+Inf\"} 7");
	has(text, "cdg_rtt_seconds_sum 20.00015");
	has(text, "cdg_rtt_seconds_count 7");
	has(text, "cdg_rtt_gradient_seconds_bucket{rtt=\"min\",le=\"-0.262144\"} 0");
	has(text, "cdg_rtt_gradient_seconds_bucket{rtt=\"max\",le=\"-0.262144\"} 3");
	has(text, "cdg_rtt_gradient_seconds_bucket{rtt=\"max\",le=\"0.0\"} 3");
	has_not(text, "cdg_rtt_gradient_seconds_sum");
	has(text, "cdg_backoff_cwnd_segments_bucket{le=\"2.0\"} 0");
	has(text, "cdg_backoff_cwnd_segments_bucket{le=\"4.0\"} 1");
}

static void escapes(void **state)
{
	const char *text;

	(void)state;
	fresh();
	view.label_name[0] = "other";
	view.label_name[1] = "a\"b\\c\nd\xff\xc3\xa9\x7f";
	view.label_count[1] = 3;
	text = written(PROM_TEXT);
	has(text, "cdg_syn_labels_total{label=\"other\"} 0");
	has(text, "cdg_syn_labels_total{label=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\xc3\xa9\x7f\"} 3");
}

static size_t lines_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void absent_parts(void **state)
{
	const char *text;
	size_t all;

	(void)state;
	fresh();
	all = lines_of(written(PROM_TEXT));
	view.cc[1] = NULL;
	has_not(written(PROM_TEXT), "cc=\"cdg_bpf\"");
	view.has_syn = false;
	text = written(PROM_TEXT);
	has_not(text, "cdg_syn");
	has(text, "cdg_rounds_total 0");
	view.serving = false;
	has_not(written(PROM_TEXT), "cdg_exporter_requests");
	view.has_cc = false;
	has_not(written(PROM_TEXT), "cdg_rounds");
	view.up = false;
	text = written(PROM_TEXT);
	has(text, "cdg_up 0");
	has(text, "cdg_build_info{version=\"x\",build_id=\"x\",kernel=\"x\"} 1");
	has_not(text, "cdg_degraded");
	assert_true(lines_of(text) < 20 && all > 300);
}

static void negotiation(void **state)
{
	static const struct {
		const char *accept;
		enum prom_format format;
	} cases[] = {
		{ NULL, PROM_TEXT },
		{ "", PROM_TEXT },
		{ "*/*", PROM_TEXT },
		{ "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", PROM_TEXT },
		{ "text/plain", PROM_TEXT },
		{ "application/openmetrics-text", PROM_OPENMETRICS },
		/* Prometheus 2.42 */
		{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
		  "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		  PROM_OPENMETRICS },
		{ "text/plain;version=0.0.4;q=1,*/*;q=0.1", PROM_TEXT },
		{ "text/plain;q=0.9, application/openmetrics-text; q=0.2", PROM_TEXT },
		{ "application/openmetrics-text; version=2.0.0", PROM_TEXT },
		{ "Application/OpenMetrics-Text;q=1", PROM_OPENMETRICS },
		{ "application/openmetrics-text;q=nan,text/plain;q=", PROM_TEXT },
		{ ",,;;q=1,;version=,", PROM_TEXT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(prom_negotiate(cases[i].accept), cases[i].format);
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE("the table: names, units, help", table),
		CASE("no label tells who", labels_are_fixed),
		CASE("counters, gauges and infos", counters_and_gauges),
		CASE("histograms, signed ones too", histograms),
		CASE("labels from outside are escaped and repaired", escapes),
		CASE("parts that are not there have no series", absent_parts),
		CASE("content negotiation", negotiation),
	};

	int failed = cmocka_run_group_tests_name("prom", cases, NULL, NULL);

	buf_release(&out);
	return failed;
}
