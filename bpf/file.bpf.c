// SPDX-License-Identifier: GPL-2.0
/*
 * Open files, for people: see file.bpf.h. The kernel's own function for names is not allowed in
 * these programs, so the parts of a name are followed upwards here, as it does. Also the iterator
 * that shows user space the descriptors of running processes.
 */
#include "file.bpf.h"

#define LT_S_IFMT   0170000
#define LT_S_IFSOCK 0140000
#define LT_AF_UNIX  1
#define LT_AF_INET  2
#define LT_AF_INET6 10

/* The iterator: whose descriptors are wanted, 0: everybody's, in short. Set by user space. */
volatile __u32 lt_fds_of;

/* A name that is being followed upwards: addresses in the kernel. */
struct name_walk {
	__u64 dentry;
	__u64 mount;
	__u64 root_dentry; /* of the process */
	__u64 root_mount;
	__u32 n; /* bytes so far */
	__u32 flags;
};

static __always_inline __u64 mount_of(struct vfsmount *vfsmount)
{
	return (__u64)vfsmount - bpf_core_field_offset(struct mount, mnt);
}

/* Adds one part of the name, or leaves a file system by its mount point. 0: there is more. */
__noinline int name_step(struct lt_task *task, struct name_walk *walk)
{
	struct dentry *dentry, *parent;
	const unsigned char *part;
	struct mount *mount;
	__u64 root;
	__u32 at;
	long n;

	if (!task || !walk)
		return 1;
	dentry = (struct dentry *)walk->dentry;
	mount = (struct mount *)walk->mount;
	if (walk->dentry == walk->root_dentry && walk->mount == walk->root_mount)
		return 1;
	root = (__u64)BPF_CORE_READ(mount, mnt.mnt_root);
	if (walk->dentry == root) {
		walk->mount = (__u64)BPF_CORE_READ(mount, mnt_parent);
		walk->dentry = (__u64)BPF_CORE_READ(mount, mnt_mountpoint);
		return walk->mount == (__u64)mount;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	at = walk->n;
	if (at > LT_MAX_NAME_BYTES - LT_NAME_PART_BYTES - 1) {
		walk->flags |= LT_FILE_CUT;
		return 1;
	}
	part = BPF_CORE_READ(dentry, d_name.name);
	barrier_var(at);
	at &= LT_MAX_NAME_BYTES - 1; /* known already, but not to the verifier of Linux 6.1 */
	n = bpf_probe_read_kernel_str(task->event + sizeof(struct lt_event_fd) + at,
				      LT_NAME_PART_BYTES, part);
	if (n > 0)
		walk->n = at + (__u32)n;
	if (parent == dentry) {
		walk->flags |= LT_FILE_PSEUDO;
		return 1;
	}
	walk->dentry = (__u64)parent;
	return 0;
}

static __always_inline __u32 file_name(struct lt_task *task, struct file *file, __u64 fs_address)
{
	struct fs_struct *fs = (struct fs_struct *)fs_address;
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct name_walk walk = { .dentry = (__u64)dentry };

	walk.mount = mount_of(BPF_CORE_READ(file, f_path.mnt));
	if (fs) {
		walk.root_dentry = (__u64)BPF_CORE_READ(fs, root.dentry);
		walk.root_mount = mount_of(BPF_CORE_READ(fs, root.mnt));
	}
	if (!BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry)
		walk.flags |= LT_FILE_DELETED;
	for (int i = 0; i <= LT_MAX_NAME_PARTS; i++) {
		if (i == LT_MAX_NAME_PARTS)
			walk.flags |= LT_FILE_CUT;
		else if (name_step(task, &walk))
			break;
	}
	task->fd.file.flags = walk.flags;
	return walk.n;
}

/* The address that a socket of AF_UNIX is bound to; returns its length. */
static __always_inline __u32 unix_name(struct lt_task *task, struct unix_sock *sock)
{
	struct unix_address *address = BPF_CORE_READ(sock, addr);
	__u32 n;

	if (!address)
		return 0;
	n = BPF_CORE_READ(address, len) - 2; /* without the family */
	if (n > LT_UNIX_PATH_BYTES)
		return 0;
	bpf_probe_read_kernel(task->event + sizeof(struct lt_event_fd), LT_UNIX_PATH_BYTES,
			      &address->name[0].sun_path);
	return n;
}

static __always_inline __u32 describe_unix(struct lt_task *task, struct unix_sock *sock)
{
	struct unix_sock *peer = (struct unix_sock *)BPF_CORE_READ(sock, peer);
	__u32 n = unix_name(task, sock);

	task->fd.file.peer = (__u64)peer;
	if (n || !peer)
		return n;
	task->fd.file.flags |= LT_FILE_PEER;
	return unix_name(task, peer);
}

static __always_inline void describe_inet(struct lt_file *to, struct sock *sock)
{
	struct sock_common *common = &sock->__sk_common;

	to->local_port = BPF_CORE_READ(common, skc_num);
	to->remote_port = __builtin_bswap16(BPF_CORE_READ(common, skc_dport));
	if (to->family == LT_AF_INET) {
		bpf_core_read(to->local, 4, &common->skc_rcv_saddr);
		bpf_core_read(to->remote, 4, &common->skc_daddr);
	} else if (bpf_core_field_exists(common->skc_v6_daddr)) {
		bpf_core_read(to->local, 16, &common->skc_v6_rcv_saddr);
		bpf_core_read(to->remote, 16, &common->skc_v6_daddr);
	}
}

static __always_inline __u32 describe_socket(struct lt_task *task, struct file *file)
{
	struct socket *socket = (struct socket *)BPF_CORE_READ(file, private_data);
	struct sock *sock = socket ? BPF_CORE_READ(socket, sk) : NULL;
	struct lt_file *to = &task->fd.file;

	if (!sock)
		return 0;
	to->sock = (__u64)sock;
	to->family = BPF_CORE_READ(sock, __sk_common.skc_family);
	to->state = BPF_CORE_READ(sock, __sk_common.skc_state);
	to->type = BPF_CORE_READ(sock, sk_type);
	to->protocol = BPF_CORE_READ(sock, sk_protocol);
	if (to->family == LT_AF_UNIX)
		return describe_unix(task, (struct unix_sock *)sock);
	if (to->family == LT_AF_INET || to->family == LT_AF_INET6)
		describe_inet(to, sock);
	return 0;
}

__u32 file_describe(struct lt_task *task, __u64 address, __u64 fs)
{
	struct file *file = (struct file *)address;
	struct inode *inode;
	struct lt_file *to;

	if (!task)
		return 0;
	to = &task->fd.file;
	__builtin_memset(to, 0, sizeof(*to));
	inode = BPF_CORE_READ(file, f_inode);
	to->identity = file_identity(address);
	to->ino = BPF_CORE_READ(inode, i_ino);
	to->mode = BPF_CORE_READ(inode, i_mode);
	to->magic = BPF_CORE_READ(inode, i_sb, s_magic);
	to->open_flags = BPF_CORE_READ(file, f_flags);
	if ((to->mode & LT_S_IFMT) == LT_S_IFSOCK)
		to->n_name_bytes = describe_socket(task, file);
	else
		to->n_name_bytes = file_name(task, file, fs);
	return to->n_name_bytes;
}

SEC("iter/task_file")
int lt_fd_iter(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct lt_fd_key key = { .fd = ctx->fd };
	struct lt_task *work;
	struct lt_proc *proc;
	struct lt_fd *known;
	__u32 n;

	if (!task || !file || (lt_fds_of && (__u32)task->tgid != lt_fds_of))
		return 0;
	work = bpf_task_storage_get(&lt_tasks, bpf_get_current_task_btf(), 0,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!work) {
		loss(0, LT_LOSS_FDS_UNTOLD);
		return 0;
	}
	n = file_describe(work, kernel_address(file), kernel_address(task->fs)) &
	    (LT_MAX_NAME_BYTES - 1);
	work->fd.event.type = LT_EVENT_FD;
	work->fd.event.time_ns = bpf_ktime_get_ns();
	work->fd.pid = key.table = task->tgid;
	work->fd.fd = key.fd;
	bpf_probe_read_kernel_str(work->fd.comm, sizeof(work->fd.comm), task->comm);
	__builtin_memset(&work->fd.record, 0, sizeof(work->fd.record));
	proc = bpf_map_lookup_elem(&lt_procs, &key.table);
	work->fd.event.space = proc ? proc->space : 0;
	if (proc && proc->fd_table)
		key.table = proc->fd_table;
	known = bpf_map_lookup_elem(&lt_fds, &key);
	if (known && known->file == work->fd.file.identity)
		work->fd.record = *known;
	else
		work->fd.file.flags |= LT_FILE_UNSEEN;
	bpf_seq_write(ctx->meta->seq, &work->fd, sizeof(work->fd) + (lt_fds_of ? n : 0));
	return 0;
}
