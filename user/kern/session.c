// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "user/kern/session.h"
#include "user/kern/subs.h"
#include "user/util/log.h"

static void *map_shared(const char *dir, const char *name, size_t size)
{
	_cleanup_(closep) int fd = pins_get(dir, name, 0);
	void *at;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

int session_read_head(const char *dir, struct session_head *out)
{
	_cleanup_(closep) int fd = pins_get_readable(dir, PIN_CONTROL);
	_cleanup_(freep) struct cdg_control *control = NULL;
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	const uint32_t zero = 0;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	if (info.value_size < offsetof(struct cdg_control, params_active))
		return -EPROTO;
	control = calloc(1, info.value_size + sizeof(*control));
	if (!control || bpf_map_lookup_elem(fd, &zero, control))
		return -errno;
	if (control->magic != CDG_ABI_MAGIC)
		return -EPROTO;
	out->abi_version = control->abi_version;
	memcpy(out->names, control->names, sizeof(out->names));
	memcpy(out->build_id, control->build_id, sizeof(out->build_id));
	out->restricted = control->restricted;
	out->linked = control->linked;
	out->syn = control->syn;
	if (out->abi_version != CDG_ABI_VERSION)
		return 0;
	out->loaded_ns = control->loaded_ns;
	out->params = control->params[control->params_active & (CDG_PARAM_SLOTS - 1)];
	return 0;
}

static int open_error(int err, const char *dir)
{
	if (err == -ENOENT && pins_exist(dir))
		return log_err(-ENOENT, "%s is incomplete. Run 'sudo cdgctl load', which repairs "
			       "it", dir);
	if (err == -ENOENT)
		return log_err(-ENOENT, "cdg is not loaded at %s. Run 'sudo cdgctl load'", dir);
	if (err == -EPERM || err == -EACCES)
		return log_err(-EPERM, "cannot open %s: run as root, or as the owner of "
			       "the folder", dir);
	return log_err(err, "cannot open %s. Run 'cdgctl load', which repairs it", dir);
}

int session_open(const char *pin_dir, struct session **out)
{
	_cleanup_(session_closep) struct session *s = calloc(1, sizeof(*s));
	struct session_head head;
	int r;

	if (!s)
		return -ENOMEM;
	s->rings_fd = -1;
	r = pins_locate(pin_dir, false, &s->pins);
	if (r)
		return r;
	r = session_read_head(s->pins.dir, &head);
	if (r)
		return open_error(r, s->pins.dir);
	if (head.abi_version != CDG_ABI_VERSION)
		return log_err(-EPROTO, "%s was loaded by another version (interface %u, this is "
			       "%u). Run 'cdgctl load --replace', or 'cdgctl unload'", s->pins.dir,
			       head.abi_version, CDG_ABI_VERSION);
	s->control = map_shared(s->pins.dir, PIN_CONTROL, sizeof(*s->control));
	if (!s->control)
		return open_error(-errno, s->pins.dir);
	s->stats = map_shared(s->pins.dir, PIN_STATS, sizeof(*s->stats));
	if (!s->stats)
		return open_error(-errno, s->pins.dir);
	s->rings_fd = pins_get(s->pins.dir, PIN_RINGS, 0);
	if (s->rings_fd < 0)
		return open_error(s->rings_fd, s->pins.dir);
	subs_sweep(s);
	*out = TAKE_PTR(s);
	return 0;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	if (s->control)
		munmap(s->control, sizeof(*s->control));
	if (s->stats)
		munmap(s->stats, sizeof(*s->stats));
	if (s->rings_fd >= 0)
		close(s->rings_fd);
	free(s);
}

bool session_is_pinned(struct session *s)
{
	struct session_head head = {};
	struct stat st;

	if (stat(s->pins.dir, &st))
		return false;
	if (st.st_ino == s->folder)
		return true;
	if (session_read_head(s->pins.dir, &head) || head.loaded_ns != s->control->loaded_ns)
		return false;
	s->folder = st.st_ino;
	return true;
}

const struct cdg_params *session_params(const struct session *s)
{
	return &s->control->params[s->control->params_active & (CDG_PARAM_SLOTS - 1)];
}

int session_set_params(struct session *s, struct cdg_params *params)
{
	_cleanup_(closep) int lock = -1;
	uint32_t next;
	int r = pins_lock(&s->pins, &lock);

	if (r)
		return r;
	if (!session_is_pinned(s))
		return log_err(-ENOENT, "%s was unloaded or loaded anew meanwhile, and nothing was "
			       "changed. Run the command again", s->pins.dir);
	if (params->generation != session_params(s)->generation)
		return -ESTALE;
	params->generation++;
	next = (s->control->params_active + 1) & (CDG_PARAM_SLOTS - 1);
	s->control->params[next] = *params;
	__atomic_store_n(&s->control->params_active, next, __ATOMIC_RELEASE);
	return 0;
}

bool session_draws(const struct session *s, struct session_draws *out)
{
	_cleanup_(closep) int fd = pins_get(s->pins.dir, PIN_DRAWS, 0);
	const struct cdg_draw_key missing = {};
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || !info.max_entries ||
	    bpf_map_lookup_elem(fd, &missing, &out->missing))
		return false;
	out->numbers = info.max_entries - 1;
	return true;
}

void session_build_id_text(const __u8 *build_id, char *text)
{
	for (int i = 0; i < CDG_BUILD_ID_LEN; i++)
		sprintf(text + 2 * i, "%02x", build_id[i]);
}
