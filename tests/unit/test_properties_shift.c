// SPDX-License-Identifier: GPL-2.0
/* P10 and P11: where sequence numbers and the clock begin makes no difference. */
#include "tests/unit/stack.h"

#define RUNS 300
#define STEPS 4000

/* Shifts back what was shifted; members that mean nothing now are cleared. */
static void unshift(struct cdg_state *st, __u32 seq, __u32 clock)
{
	st->rtt_seq -= seq;
	st->reduce_end = st->flags & CDG_F_REDUCING ? st->reduce_end - seq : 0;
	st->round_start_us = st->last_ack_us ? st->round_start_us - clock : 0;
	st->last_ack_us = st->last_ack_us ? st->last_ack_us - clock : 0;
}

static void assert_same(const struct stack *a, const struct stack *b, __u32 seq, __u32 clock)
{
	struct cdg_state x, y;

	memcpy(&x, &a->f.st, sizeof(x));
	memcpy(&y, &b->f.st, sizeof(y));
	unshift(&x, 0, 0);
	unshift(&y, seq, clock);
	assert_memory_equal(&x, &y, sizeof(x));
	assert_memory_equal(&a->f.round, &b->f.round, sizeof(a->f.round));
	assert_int_equal(a->f.s.snd_cwnd, b->f.s.snd_cwnd);
	assert_int_equal(a->f.s.snd_cwnd_cnt, b->f.s.snd_cwnd_cnt);
	assert_int_equal(a->f.s.snd_ssthresh, b->f.s.snd_ssthresh);
}

/* Two equal flows, one shifted so that the number passes 2^32, or 2^31, on the way. */
static void run_shifted(int shift_seq, int shift_clock)
{
	static const __u32 bases[] = { 0, 1, 2147483648u, 4294967295u, 4294967000u, 2147483000u };
	uint64_t random = 11;

	for (int run = 0; run < RUNS; run++) {
		__u32 by = bases[run % 6] - random_below(&random, 20000);
		__u32 seq = shift_seq ? by : 0, clock = shift_clock ? by * 100 : 0;
		struct cdg_params p = stack_params(&random);
		uint64_t seed = random_u64(&random);
		struct stack a, b;

		stack_start(&a, &p, seed, 0, 1);
		stack_start(&b, &p, seed, seq, 1 + clock);
		for (int step = 0; step < STEPS; step++) {
			stack_step(&a);
			stack_step(&b);
			if (!a.f.s.now_us || !b.f.s.now_us)
				break; /* last_ack 0 means none */
			assert_same(&a, &b, seq, clock);
		}
	}
}

static void p10_sequence_numbers_may_wrap(void **state)
{
	(void)state;
	run_shifted(1, 0);
}

static void p11_the_clock_may_wrap(void **state)
{
	(void)state;
	run_shifted(0, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("P10: sequence numbers may wrap", p10_sequence_numbers_may_wrap),
		CASE("P11: the clock may wrap", p11_the_clock_may_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
