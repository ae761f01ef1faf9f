/* SPDX-License-Identifier: GPL-2.0 */
#include "case.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "user/util/loop.h"

struct seen {
	int fd;
	int reads;
	int ticks;
};

static int on_read(void *ctx)
{
	struct seen *seen = ctx;
	char c;

	assert_int_equal(read(seen->fd, &c, 1), 1);
	return ++seen->reads == 3 ? 42 : 0;
}

static int on_tick(void *ctx)
{
	return ++((struct seen *)ctx)->ticks == 3 ? 43 : 0;
}

static int on_gone(void *ctx)
{
	(void)ctx;
	return -EPIPE;
}

static void descriptors_are_read_until_a_callback_ends_it(void **state)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	struct seen seen = {};
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	seen.fd = fds[0];
	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(loop_add_fd(loop, fds[0], on_read, &seen), 0);
	assert_int_equal(write(fds[1], "abcd", 4), 4);
	assert_int_equal(loop_run(loop), 42);
	assert_int_equal(seen.reads, 3);
	close(fds[0]);
	close(fds[1]);
}

static void timers_tick(void **state)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	struct seen seen = {};

	(void)state;
	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(loop_add_timer(loop, 1000000, on_tick, &seen), 0);
	assert_int_equal(loop_run(loop), 43);
	assert_int_equal(seen.ticks, 3);
}

static void signals_end_it_and_are_given_back(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	sigset_t mask;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		_cleanup_(loop_freep) struct loop *loop = NULL;

		assert_int_equal(loop_new(&loop), 0);
		assert_int_equal(raise(signals[i]), 0);
		assert_int_equal(loop_run(loop), LOOP_SIGNAL);
	}
	sigprocmask(SIG_BLOCK, NULL, &mask);
	assert_false(sigismember(&mask, SIGINT));
}

static void a_reader_that_goes_is_noticed_without_a_write(void **state)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(loop_add_hangup(loop, fds[1], on_gone, NULL), 0);
	close(fds[0]);
	assert_int_equal(loop_run(loop), -EPIPE);
	close(fds[1]);
}

static void a_regular_file_never_hangs_up(void **state)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	_cleanup_(closep) int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct seen seen = {};

	(void)state;
	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(loop_add_hangup(loop, fd, on_gone, NULL), 0);
	assert_int_equal(loop_add_timer(loop, 1000000, on_tick, &seen), 0);
	assert_int_equal(loop_run(loop), 43);
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE("descriptors are read until a callback ends it",
		     descriptors_are_read_until_a_callback_ends_it),
		CASE("timers tick", timers_tick),
		CASE("signals end it and are given back", signals_end_it_and_are_given_back),
		CASE("a reader that goes is noticed without a write",
		     a_reader_that_goes_is_noticed_without_a_write),
		CASE("a regular file never hangs up", a_regular_file_never_hangs_up),
	};

	return cmocka_run_group_tests_name("loop", cases, NULL, NULL);
}
