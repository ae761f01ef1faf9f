# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# One QEMU machine from start to end. The guest speaks through ports (the numbers of
# guest/channel_*.c), each led into a named pipe.

MACHINE_BOOT_S=120  # the guest's init must report within this time
MACHINE_END_S=10    # from the report of the exit status to the end of QEMU
MACHINE_ARGS=()
MACHINE_KIND=micro  # a row of MACHINE_KINDS
MACHINE_ACCEL=      # tcg or kvm; empty: the best that works
MACHINE_DIR=        # of its streams and logs; empty: the work folder
MACHINE_INITRD=
MACHINE_IMAGE=      # what is mapped by DAX
MACHINE_STATUS=     # the command's exit status; empty: the machine failed
MACHINE_FAULT=
MACHINE_READY=0
KVM_TRIAL_S=10
MACHINE_CODE_MB=128 # cache of translated code, which is most of an emulated machine's own memory
MACHINE_CODE_LEAST_MB=32 # does as well for short commands, and costs a tenth of longer ones

# Kinds of amd64 machines. Virtual persistent memory is a PCI device, which the microvm has no room for:
# "slim" is the least that has. "ordinary" is what QEMU makes of its defaults, only measured against.
declare -A MACHINE_KINDS=(
	[micro]="-M microvm,mem-merge=on -nodefaults -no-user-config"
	[slim]="-M pc,mem-merge=on,usb=off,hpet=off,vmport=off,smbus=off,i8042=off -bios qboot.rom -nodefaults -no-user-config"
	[ordinary]="-M pc"
)

machine_qemu() {
	case $ARCH in
	amd64) printf 'qemu-system-x86_64\n' ;;
	arm64) printf 'qemu-system-aarch64\n' ;;
	esac
}

machine_qemu_version() { "$(machine_qemu)" --version | sed -n '1s/.*version //p'; }

# KVM is used only where a kernel was seen to boot with it: a /dev/kvm that hangs ordinary kernels
# exists. Remembered per boot of this machine.
machine_accelerator() {
	local verdict old word=tcg
	[ -z "$MACHINE_ACCEL" ] || { printf '%s\n' "$MACHINE_ACCEL"; return; }
	[ -r /dev/kvm ] && [ -w /dev/kvm ] || { printf 'tcg\n'; return; }
	verdict=$CACHE/kvm-$(cat /proc/sys/kernel/random/boot_id)
	if [ ! -s "$verdict" ]; then
		for old in "$CACHE"/kvm-*; do [[ $old == "$verdict"* ]] || rm -f "$old"; done
		! machine_kvm_works || word=kvm
		{ echo "$word" >"$verdict.$$" && mv "$verdict.$$" "$verdict"; } || die "cannot write $verdict: is the disk full?"
	fi
	cat "$verdict"
}

# Ends within KVM_TRIAL_S: the guest's init finds no command, says so and ends the machine, by the
# status that guest/channel_ports.c gives it.
machine_kvm_works() {
	local stage=$WORK/trial status=0
	mkdir -p "$stage"/{dev,proc,sys,run,tmp}
	cp "$BUILD/lab/init" "$stage/init"
	image_pack "$stage" "$WORK/trial.cpio"
	timeout -k 1 "$KVM_TRIAL_S" "$(machine_qemu)" -M microvm -accel kvm -cpu host -m 256 \
		-nodefaults -no-user-config -display none -no-reboot \
		-device isa-debug-exit,iobase=0xf4,iosize=4 \
		-kernel "$KERNEL_IMAGE" -initrd "$WORK/trial.cpio" \
		-append "quiet reboot=t panic=-1" </dev/null >/dev/null 2>&1 || status=$?
	((status == 85))
}

# QEMU before 8.1 may run a translation of code that another CPU of the guest has patched meanwhile:
# with a thread for each CPU 2 of 80 boots of Linux 7.3 ended in a panic at a patched branch. The
# CPUs take turns in one thread there, which costs no time that could be measured.
machine_tcg() {
	local version
	version=$("$(machine_qemu)" --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')
	if printf '8.1\n%s\n' "$version" | sort -CV; then echo tcg; else echo tcg,thread=single; fi
}

# The image that all machines map, as persistent memory of each. It lies above 4 GB, for which Linux sets
# 64 MB aside as buffers of devices that reach no further; there are none.
machine_arguments_dax() {
	MACHINE_ARGS+=(-device "virtio-pmem-pci,memdev=image" -object
		"memory-backend-file,id=image,mem-path=${MACHINE_IMAGE//,/,,},size=$(stat -c %s "$MACHINE_IMAGE"),share=on,readonly=on")
	append+=" LAB_ROOT=1 swiotlb=noforce"
}

# I/O ports of the debug console carry the streams, and one of another device ends the machine.
machine_arguments_amd64() {
	local accel=tcg port name kind
	read -ra kind <<<"${MACHINE_KINDS[$MACHINE_KIND]}"
	append+=" reboot=t console=ttyS0"
	if ((EXACT)); then
		append+=" tsc_early_khz=1000000 tsc=reliable nokaslr"
	else
		accel=$(machine_accelerator) || exit # -e does not hold below run_once
		[ "$accel" = kvm ] || append+=" tsc_early_khz=$("$BUILD/lab/tsckhz") tsc=reliable"
	fi
	# Where the host is busy ten ticks of the PC's timer may come too late for Linux, which then panics.
	[ "$accel" = kvm ] || [ "$MACHINE_KIND" = micro ] || append+=" no_timer_check"
	[ "$accel" = kvm ] || ((CPUS == 1)) || accel=$(machine_tcg)
	[ "$accel" = kvm ] || ((EXACT)) || [ "$MACHINE_KIND" = ordinary ] || accel+=",tb-size=$MACHINE_CODE_MB"
	MACHINE_ARGS=("${kind[@]}" -accel "$accel" -device "isa-debug-exit,iobase=0xf4,iosize=4")
	if [ "$accel" = kvm ]; then MACHINE_ARGS+=(-cpu host); else MACHINE_ARGS+=(-cpu max); fi
	if ((EXACT)); then
		MACHINE_ARGS+=(-icount "shift=0,sleep=off" -rtc "base=2026-01-01,clock=vm" -seed "$SEED")
	fi
	port=0xe9
	for name in out err control share; do
		MACHINE_ARGS+=(-chardev "file,id=$name,path=$dir/$name"
			-device "isa-debugcon,iobase=$port,chardev=$name")
		printf -v port '0x%x' $((port + 1))
	done
}

# The virt machine: a virtio console, which Debian's kernels have built in; firmware powers off.
machine_arguments_arm64() {
	local nr=0 name
	append+=" console=ttyAMA0"
	MACHINE_ARGS=(-M virt -accel "$(machine_tcg)" -cpu cortex-a72 -device virtio-serial-pci
		-nodefaults -no-user-config)
	for name in out err control share; do
		nr=$((nr + 1))
		MACHINE_ARGS+=(-chardev "file,id=$name,path=$dir/$name"
			-device "virtserialport,chardev=$name,nr=$nr")
	done
}

# machine_arguments: sets MACHINE_ARGS from the options of run
machine_arguments() {
	local append="quiet panic=-1" mem=$MEM dir=${MACHINE_DIR:-$WORK}
	"machine_arguments_$ARCH"
	if [ -n "$MACHINE_IMAGE" ]; then
		machine_arguments_dax
		mem+=",slots=1,maxmem=$((MEM + 8192))M"
	fi
	MACHINE_ARGS+=(-smp "$CPUS" -m "$mem" -display none -no-reboot
		-kernel "$KERNEL_IMAGE" -initrd "$MACHINE_INITRD")
	if ((CONSOLE)); then
		MACHINE_ARGS+=(-chardev "stdio,id=console,signal=off" -serial chardev:console)
		append+=" loglevel=3 LAB_CONSOLE=1 TERM=${TERM:-linux} LINES=$(tput lines) COLUMNS=$(tput cols)"
	else
		MACHINE_ARGS+=(-serial "file:$dir/log")
	fi
	[ -z "$SHARE" ] || append+=" LAB_SHARE=1"
	MACHINE_ARGS+=(-append "$append${APPEND:+ $APPEND}")
}

# The end of the kernel's log, for a machine that failed.
machine_show_log() {
	local log=${MACHINE_DIR:-$WORK}/log
	[ -s "$log" ] || return 0
	say "the guest's last words:"
	tr -d '\r\033' <"$log" | tail -n 15 | sed 's/^/    /' >&2
}

# machine_watch FD: reads what the guest's init reports until QEMU closes the pipe. Sets
# MACHINE_STATUS to the command's exit status, MACHINE_FAULT to what went wrong.
machine_watch() {
	local word rest got limit=$MACHINE_BOOT_S end
	end=$((SECONDS + limit))
	MACHINE_STATUS='' MACHINE_FAULT='' MACHINE_READY=0
	while ((SECONDS < end)); do
		got=0
		IFS=' ' read -r -t $((end - SECONDS)) -u "$1" word rest || got=$?
		((got <= 128)) || break
		((got == 0)) || return 0
		case $word in
		ready)
			MACHINE_READY=1
			limit=${TIMEOUT/#0/100000000}
			end=$((SECONDS + limit))
			;;
		exit)
			MACHINE_STATUS=$rest
			end=$((SECONDS + MACHINE_END_S))
			;;
		fault)
			MACHINE_FAULT=$rest
			;;
		esac
	done
	[ -n "$MACHINE_STATUS" ] || MACHINE_FAULT="nothing after $limit s"
}

machine_explain() {
	local panic dir=${MACHINE_DIR:-$WORK}
	panic=$(sed -n 's/.*Kernel panic - not syncing: /kernel panic: /p' "$dir/log" 2>/dev/null | head -n 1 || true)
	MACHINE_FAULT=${panic:-$MACHINE_FAULT}
	if ((MACHINE_READY)); then
		say "the guest failed: ${MACHINE_FAULT:-its kernel ended before the command did}"
		[[ $MACHINE_FAULT != nothing* ]] || say "a longer time is given by --timeout SECONDS"
	elif [ -s "$dir/qemu" ]; then
		say "QEMU failed:"
		sed 's/^/    /' "$dir/qemu" >&2
	else
		say "$KERNEL_IMAGE did not boot: ${MACHINE_FAULT:-it ended before init}"
	fi
	machine_show_log
}

# Carries one of the guest's streams on. A reader that left (cdglab run | head) ends all quietly,
# any other failure with a sentence.
machine_pass() {
	local status=0
	cat <&"$1" || status=$?
	case $status in
	0) ;;
	1) kill -USR1 $$ ;;
	*) kill -PIPE $$ ;;
	esac
}

# machine_run: runs the machine over KERNEL_IMAGE and $WORK/initrd. Sets MACHINE_STATUS, which is
# empty if the machine failed.
machine_run() {
	local qemu readers=() stdin=/dev/null out err control out_w err_w control_w
	rm -f "$WORK"/{out,err,control,share,log,qemu}
	machine_arguments
	((!CONSOLE)) || stdin=/dev/stdin
	# Only QEMU keeps the writing ends, so each pipe ends with QEMU, however that comes about.
	mkfifo "$WORK/out" "$WORK/err" "$WORK/control"
	exec {out_w}<>"$WORK/out" {err_w}<>"$WORK/err" {control_w}<>"$WORK/control"
	exec {out}<"$WORK/out" {err}<"$WORK/err" {control}<"$WORK/control"
	trap 'die "the output cannot be written: is the disk full?"' USR1
	machine_pass "$out" {out_w}>&- {err_w}>&- {control_w}>&- &
	readers+=($!)
	machine_pass "$err" {out_w}>&- {err_w}>&- {control_w}>&- >&2 &
	readers+=($!)
	setpriv --pdeathsig KILL "$(machine_qemu)" "${MACHINE_ARGS[@]}" <"$stdin" 2>"$WORK/qemu" &
	qemu=$!
	exec {out_w}>&- {err_w}>&- {control_w}>&- {out}<&- {err}<&-
	WORK_PIDS+=("$qemu" "${readers[@]}")
	machine_watch "$control"
	work_kill "$qemu"
	exec {control}<&-
	wait "${readers[@]}" || true
	WORK_PIDS=()
}

# What changed in the guest's /share, into the user's folder.
machine_take_share() {
	[ -n "$SHARE" ] || return 0
	[ -z "$MACHINE_FAULT" ] || die "$MACHINE_FAULT"
	[ -s "$WORK/share" ] || return 0
	cpio --quiet -i -d -u -m --no-absolute-filenames -D "$SHARE" <"$WORK/share" ||
		die "what the command left in /share could not be copied to $SHARE: is the disk full?"
}

machine_need() {
	local package="qemu-system-x86"
	arch_is_ours || package="qemu-system-arm"
	need "$(machine_qemu)" "$package" "the machine is run by it"
	need cpio cpio "the guest's files are packed with it"
	need setpriv util-linux "it ties QEMU's life to this program's"
	if ! arch_is_ours; then
		[ -x "$BUILD/lab/init" ] || die "the lab's programs for $ARCH are not built: run 'make -C $ROOT $ARCH'"
	elif [ ! -x "$BUILD/lab/init" ] || [ ! -x "$BUILD/lab/tsckhz" ]; then
		die "the lab's programs are not built: run 'make -C $ROOT lab'"
	fi
}
