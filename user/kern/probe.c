// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "include/cdg_abi.h"
#include "user/kern/defaults.h"
#include "user/kern/flow_iterator.h"
#include "user/kern/native.h"
#include "user/kern/ops.h"
#include "user/kern/pins.h"
#include "user/kern/probe.h"
#include "user/kern/types.h"
#include "user/util/log.h"
#include "user/util/own.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF 39
#endif

static bool file_has(const char *path, const char *text)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "r");
	char line[4096];

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, text))
			return true;
	return false;
}

static enum probe_result result(bool ok, enum probe_result otherwise)
{
	return ok ? PROBED_OK : otherwise;
}

static enum probe_result look_version(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	uname(&name);
	sscanf(name.release, "%u.%u", &major, &minor);
	return result(major > 6 || (major == 6 && minor >= 1), PROBED_MISSING);
}

static enum probe_result look_btf(void)
{
	struct stat st;

	return result(!stat("/sys/kernel/btf/vmlinux", &st), PROBED_MISSING);
}

static enum probe_result look_struct_ops(void)
{
	return result(kernel_has_struct("bpf_struct_ops_tcp_congestion_ops"), PROBED_MISSING);
}

static enum probe_result look_iterator(void)
{
	return result(kernel_has_struct("bpf_iter__tcp"), PROBED_MISSING);
}

/* A kernel that always compiles has no such file, or one that holds 1. */
static enum probe_result look_jit(void)
{
	return result(!file_has("/proc/sys/net/core/bpf_jit_enable", "0"), PROBED_MISSING);
}

static enum probe_result look_capabilities(void)
{
	static const int needed[] = { CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN };
	_cleanup_(fclosep) FILE *f = fopen("/proc/self/status", "r");
	unsigned long long have = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "CapEff: %llx", &have);
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!(have & (1ull << needed[i])))
			return PROBED_MISSING;
	return PROBED_OK;
}

/* Who may load nothing cannot find out. */
static enum probe_result look_storage(void)
{
	return result(look_capabilities() != PROBED_OK || flow_iterator_sees_all(),
		      PROBED_DEGRADED);
}

static enum probe_result look_lockdown(void)
{
	return result(!file_has("/sys/kernel/security/lockdown", "[confidentiality]"),
		      PROBED_MISSING);
}

static enum probe_result look_links(void)
{
	return result(ops_have_links(), PROBED_DEGRADED);
}

static enum probe_result look_bpffs(void)
{
	return result(file_has("/proc/self/mounts", " bpf "), PROBED_DEGRADED);
}

static enum probe_result look_cgroup(void)
{
	char path[PATH_MAX];

	return result(!pins_cgroup_root(path), PROBED_DEGRADED);
}

/* Who may not ask has to take its being loaded for it. */
static enum probe_result look_native(void)
{
	int held = native_registered();

	return result(!held || (held < 0 && !native_loaded()), PROBED_DEGRADED);
}

static enum probe_result look_module(void)
{
	char path[PATH_MAX];
	struct utsname name;

	uname(&name);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", name.release);
	return result(!file_has(path, "/tcp_cdg.ko"), PROBED_DEGRADED);
}

const struct probe_row probe_rows[] = {
	{ "kernel", "Linux 6.1 or newer",
	  "an interrupted struct_ops program returns garbage to TCP, so nothing is loaded",
	  "boot a kernel of at least 6.1", look_version, PROBE_CC },
	{ "btf", "type information of the running kernel", "the programs cannot be fitted to it",
	  "boot a kernel with CONFIG_DEBUG_INFO_BTF=y", look_btf, PROBE_CC | PROBE_SYN },
	{ "struct_ops", "congestion controls as BPF programs", "there is no BPF congestion control",
	  "boot a kernel with CONFIG_BPF_JIT=y and CONFIG_BPF_SYSCALL=y", look_struct_ops,
	  PROBE_CC },
	{ "jit", "the BPF compiler is on", "the kernel refuses congestion controls in BPF",
	  "run 'sysctl net.core.bpf_jit_enable=1'", look_jit, PROBE_CC },
	{ "capabilities", "this process has CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN",
	  "nothing can be loaded or unloaded", "run cdgctl with sudo", look_capabilities,
	  PROBE_CC | PROBE_SYN },
	{ "lockdown", "the kernel is not locked down to confidentiality",
	  "BPF programs may not read the kernel's memory", "boot with lockdown=integrity or none",
	  look_lockdown, PROBE_CC | PROBE_SYN },
	{ "iterator", "BPF iterators over sockets", "there are no snapshots of flows",
	  "boot a kernel of at least 6.1", look_iterator, PROBE_CC },
	{ "storage", "BPF iterators over socket storage are allowed",
	  "a snapshot of flows walks all sockets of each network namespace that it may enter",
	  "nothing needs to be done; it is the kernel's hardening", look_storage, 0 },
	{ "links", "BPF links of struct_ops (Linux 6.4)",
	  "'load --replace' frees the names for a moment, and only 'unload' frees them for good",
	  "nothing needs to be done, or boot a kernel of at least 6.4", look_links, 0 },
	{ "bpffs", "a BPF file system is mounted", "nothing outlives the command that loads it",
	  "'cdgctl load' mounts it, or run 'mount -t bpf bpf /sys/fs/bpf'", look_bpffs, 0 },
	{ "cgroup2", "a cgroup v2 hierarchy is mounted",
	  "SYNs of accepted connections cannot be saved",
	  "run 'mount -t cgroup2 cgroup2 DIR'", look_cgroup, 0 },
	{ "native", "the kernel's own tcp_cdg does not hold the name cdg",
	  "the BPF programs cannot be called cdg",
	  "run 'rmmod tcp_cdg', or 'cdgctl load --name cdg_bpf'", look_native, 0 },
	{ "module", "no module tcp_cdg can be loaded by asking for cdg",
	  "whoever asks for cdg while it is not loaded gets the module, which then holds the name",
	  "run 'echo blacklist tcp_cdg > /etc/modprobe.d/cdg.conf' and 'echo install tcp_cdg "
	  "/bin/false >> /etc/modprobe.d/cdg.conf'", look_module, 0 },
};
const size_t probe_count = ARRAY_SIZE(probe_rows);

int probe_required(bool cc)
{
	for (size_t i = 0; i < probe_count; i++) {
		const struct probe_row *row = &probe_rows[i];

		if (!(row->needed_by & (cc ? PROBE_CC : PROBE_SYN)) ||
		    row->look() != PROBED_MISSING)
			continue;
		return log_err(row->look == look_capabilities ? -EPERM : -ENOTSUP,
			       "missing: %s. Without it %s; %s", row->what, row->lost, row->next);
	}
	return 0;
}
