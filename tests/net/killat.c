// SPDX-License-Identifier: GPL-2.0
/*
 * Kills a program as it enters its Nth system call, which is then not done; or lets that call fail.
 *
 *	killat N PROGRAM [ARGUMENT...]		137 if killed, else what it exits with
 *	killat -e N PROGRAM [ARGUMENT...]	the call fails with ENOSYS
 *	killat -l FILE PROGRAM [ARGUMENT...]	kills nothing: FILE gets a line per call,
 *						its number, its name, and "*" if it may
 *						change what others see
 *
 * Calls of read() on one descriptor with nothing between them count once: type information is read
 * in 9,000 pieces, and to the rest of the system they are all the same.
 */
#include <elf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct call {
	long number;
	const char *name;
	bool changes;
};

static const struct call known[] = {
	{ SYS_read, "read", false },
	{ SYS_write, "write", false },
	{ SYS_openat, "openat", false },
	{ SYS_close, "close", false },
	{ SYS_mmap, "mmap", false },
	{ SYS_munmap, "munmap", false },
	{ SYS_mprotect, "mprotect", false },
	{ SYS_brk, "brk", false },
	{ SYS_newfstatat, "newfstatat", false },
	{ SYS_setns, "setns", false },
	{ SYS_socket, "socket", false },
	{ SYS_ftruncate, "ftruncate", true },
	{ SYS_flock, "flock", true },
	{ SYS_renameat2, "renameat2", true },
#ifdef SYS_mkdir /* newer architectures have only those that end in "at" */
	{ SYS_mkdir, "mkdir", true },
	{ SYS_rename, "rename", true },
	{ SYS_unlink, "unlink", true },
	{ SYS_rmdir, "rmdir", true },
#endif
	{ SYS_mkdirat, "mkdirat", true },
	{ SYS_unlinkat, "unlinkat", true },
	{ SYS_fchmodat, "fchmodat", true },
};

static const struct call of_bpf[] = {
	{ BPF_MAP_UPDATE_ELEM, "bpf map_update", true },
	{ BPF_MAP_DELETE_ELEM, "bpf map_delete", true },
	{ BPF_OBJ_PIN, "bpf obj_pin", true },
	{ BPF_LINK_CREATE, "bpf link_create", true },
	{ BPF_LINK_UPDATE, "bpf link_update", true },
	{ BPF_LINK_DETACH, "bpf link_detach", true },
	{ BPF_PROG_LOAD, "bpf prog_load", false },
	{ BPF_MAP_CREATE, "bpf map_create", false },
};

static const struct call *find(const struct call *table, size_t count, long number)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].number == number)
			return &table[i];
	return NULL;
}

static void tell(FILE *list, unsigned int n, const struct __ptrace_syscall_info *info)
{
	long number = info->entry.nr;
	const struct call *call = number == SYS_bpf ?
		find(of_bpf, sizeof(of_bpf) / sizeof(*of_bpf), info->entry.args[0]) :
		find(known, sizeof(known) / sizeof(*known), number);

	if (call)
		fprintf(list, "%u %s%s\n", n, call->name, call->changes ? " *" : "");
	else if (number == SYS_bpf)
		fprintf(list, "%u bpf %llu\n", n, (unsigned long long)info->entry.args[0]);
	else
		fprintf(list, "%u %ld\n", n, number);
}

static bool same_run(const struct __ptrace_syscall_info *last,
		     const struct __ptrace_syscall_info *now)
{
	return now->entry.nr == SYS_read && last->entry.nr == SYS_read &&
	       now->entry.args[0] == last->entry.args[0];
}

/* The kernel finds a call of no number. */
static void skip(pid_t pid)
{
#ifdef __x86_64__
	ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1l);
#else
	int none = -1;
	struct iovec number = { &none, sizeof(none) };

	ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &number);
#endif
}

/* What is to happen at a call, or a list of all. */
static FILE *out;
static bool fails;

/* One entry into the kernel: counts it, and acts if it is the one. */
static void entered(pid_t pid, unsigned int at)
{
	static struct __ptrace_syscall_info last;
	static unsigned int n;
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	if (!same_run(&last, &info)) {
		n++;
		if (out)
			tell(out, n, &info);
	}
	last = info;
	if (out || n != at)
		return;
	/* brk() answers with an address, never with an error: it cannot be made to fail so. */
	if (!fails)
		kill(pid, SIGKILL);
	else if (info.entry.nr != SYS_brk)
		skip(pid);
}

static int follow(pid_t pid, unsigned int at)
{
	int status, pass = 0;

	while (!ptrace(PTRACE_SYSCALL, pid, 0, pass)) {
		if (waitpid(pid, &status, 0) < 0)
			return 2;
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		pass = WSTOPSIG(status);
		if (pass != (SIGTRAP | 0x80))
			continue;
		pass = 0;
		entered(pid, at);
	}
	/* Killed between two stops. */
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) ? 128 + WTERMSIG(status) : 2;
}

static int run(char **argv, unsigned int at)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return perror("fork"), 2;
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(2);
	}
	if (waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status))
		return 2;
	if (ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))
		return perror("ptrace"), 2;
	return follow(pid, at);
}

int main(int argc, char **argv)
{
	if (argc > 3 && !strcmp(argv[1], "-l")) {
		out = fopen(argv[2], "w");
		return out ? run(argv + 3, 0) : (perror(argv[2]), 2);
	}
	fails = argc > 1 && !strcmp(argv[1], "-e");
	argv += fails;
	if (argc < 3 + fails || atoi(argv[1]) < 1)
		return fprintf(stderr, "usage: killat [-e] N|-l FILE PROGRAM...\n"), 2;
	return run(argv + 2, atoi(argv[1]));
}
