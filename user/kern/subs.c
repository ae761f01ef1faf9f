// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "user/kern/subs.h"
#include "user/util/log.h"

/* Start time of a process in clock ticks since boot (proc(5), field 22); 0: cannot be told. */
static uint64_t start_time(uint32_t pid)
{
	_cleanup_(fclosep) FILE *f = NULL;
	unsigned long long start = 0;
	char path[64], line[1024], *at;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	f = fopen(path, "r");
	if (!f || !fgets(line, sizeof(line), f))
		return 0;
	at = strrchr(line, ')'); /* the command's name may hold anything */
	if (!at || sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
				  "%*d %*d %*d %*d %llu", &start) != 1)
		return 0;
	return start;
}

bool subs_stale(const struct cdg_sub *sub)
{
	uint64_t start;

	if (!sub->pid)
		return false;
	start = start_time(sub->pid);
	/* /proc may hide the processes of others (hidepid). */
	return start ? start != sub->pid_start : kill((pid_t)sub->pid, 0) && errno == ESRCH;
}

static void update_wanted(struct session *s)
{
	for (int type = 0; type <= CDG_REC_KERNEL_MAX; type++) {
		uint8_t slots = 0;

		for (int i = 0; i < CDG_SUBS_MAX; i++)
			if (s->control->subs[i].pid &&
			    (s->control->subs[i].filter.kinds & (1u << type)))
				slots |= 1u << i;
		__atomic_store_n(&s->control->wanted[type], slots, __ATOMIC_RELEASE);
	}
}

/* The place has its owner until all is undone: who dies in between is swept. */
static void free_slot(struct session *s, uint32_t slot)
{
	s->control->subs[slot].filter.kinds = 0;
	update_wanted(s);
	bpf_map_delete_elem(s->rings_fd, &slot);
	__atomic_store_n(&s->control->subs[slot].pid, 0, __ATOMIC_RELEASE);
}

static void sweep_locked(struct session *s)
{
	for (int i = 0; i < CDG_SUBS_MAX; i++)
		if (subs_stale(&s->control->subs[i])) {
			log_debug("freeing the slot of process %u, which is gone",
				  s->control->subs[i].pid);
			free_slot(s, i);
		}
}

void subs_sweep(struct session *s)
{
	_cleanup_(closep) int lock = -1;
	bool stale = false;

	for (int i = 0; i < CDG_SUBS_MAX; i++)
		stale |= subs_stale(&s->control->subs[i]);
	if (stale && !pins_lock(&s->pins, &lock))
		sweep_locked(s);
}

int subs_claim(struct session *s, const struct cdg_sub_filter *filter, int ring_fd,
	       uint32_t wakeup_bytes)
{
	_cleanup_(closep) int lock = -1;
	struct cdg_sub *sub;
	uint32_t slot;
	int r = pins_lock(&s->pins, &lock);

	if (r)
		return r;
	sweep_locked(s);
	for (slot = 0; slot < CDG_SUBS_MAX && s->control->subs[slot].pid; slot++)
		;
	if (slot == CDG_SUBS_MAX)
		return log_err(-EBUSY, "all %d subscriptions are in use. End one of those that "
			       "'cdgctl status' lists", CDG_SUBS_MAX);
	memset(&s->stats->subs[slot], 0, sizeof(s->stats->subs[slot]));
	sub = &s->control->subs[slot];
	sub->filter.kinds = 0;
	sub->wakeup_bytes = wakeup_bytes;
	sub->pid_start = start_time(getpid());
	__atomic_store_n(&sub->pid, getpid(), __ATOMIC_RELEASE);
	if (bpf_map_update_elem(s->rings_fd, &slot, &ring_fd, 0)) {
		r = log_err(-errno, "cannot subscribe");
		free_slot(s, slot);
		return r;
	}
	sub->filter = *filter;
	update_wanted(s);
	return slot;
}

void subs_release(struct session *s, int slot)
{
	_cleanup_(closep) int lock = -1;

	if (!pins_lock(&s->pins, &lock) && s->control->subs[slot].pid == (uint32_t)getpid())
		free_slot(s, slot);
}
