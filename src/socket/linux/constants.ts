// SPDX-License-Identifier: MIT
// Constants of the Linux kernel's interface, named as in its headers. They are the same on x86-64 and arm64
// (include/uapi/asm-generic/socket.h, linux/in.h, linux/in6.h, linux/udp.h); a test compiles a C program that checks
// each of them.

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0x800;
export const SOCK_CLOEXEC = 0x8_0000;

export const SOL_IP = 0;
export const SOL_SOCKET = 1;
export const SOL_UDP = 17;
export const SOL_IPV6 = 41;

export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_REUSEPORT = 15;
export const SO_BINDTODEVICE = 25;
export const SO_PEERNAME = 28;
export const SO_TIMESTAMPNS = 35;
export const SO_TIMESTAMPING = 37;
export const SO_PROTOCOL = 38;
export const SO_DOMAIN = 39;
export const SO_MEMINFO = 55;

export const IPPROTO_UDP = 17;

export const IP_TOS = 1;
export const IP_TTL = 2;
export const IP_PKTINFO = 8;
export const IP_MTU_DISCOVER = 10;
export const IP_RECVERR = 11;
export const IP_RECVTTL = 12;
export const IP_RECVTOS = 13;
export const IP_RECVFRAGSIZE = 25;

export const IPV6_UNICAST_HOPS = 16;
export const IPV6_MTU_DISCOVER = 23;
export const IPV6_MTU = 24;
export const IPV6_RECVERR = 25;
export const IPV6_V6ONLY = 26;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;
export const IPV6_RECVHOPLIMIT = 51;
export const IPV6_HOPLIMIT = 52;
export const IPV6_RECVTCLASS = 66;
export const IPV6_TCLASS = 67;
export const IPV6_RECVFRAGSIZE = 77;

/** Values of IP_MTU_DISCOVER and IPV6_MTU_DISCOVER. */
export const IP_PMTUDISC_DONT = 0;
export const IP_PMTUDISC_WANT = 1;
export const IP_PMTUDISC_DO = 2;
export const IP_PMTUDISC_PROBE = 3;
export const IP_PMTUDISC_INTERFACE = 4;

export const UDP_SEGMENT = 103;
export const UDP_GRO = 104;

export const MSG_DONTWAIT = 0x40;
export const MSG_ERRQUEUE = 0x2000;

/** Flags of SO_TIMESTAMPING (linux/net_tstamp.h). */
export const SOF_TIMESTAMPING_TX_SOFTWARE = 2;
export const SOF_TIMESTAMPING_RX_SOFTWARE = 8;
export const SOF_TIMESTAMPING_SOFTWARE = 16;
export const SOF_TIMESTAMPING_OPT_ID = 128;
export const SOF_TIMESTAMPING_TX_SCHED = 256;
export const SOF_TIMESTAMPING_OPT_TSONLY = 2048;

/** The origin of a message in the error queue (linux/errqueue.h). */
export const SO_EE_ORIGIN_LOCAL = 1;
export const SO_EE_ORIGIN_ICMP = 2;
export const SO_EE_ORIGIN_ICMP6 = 3;
export const SO_EE_ORIGIN_TIMESTAMPING = 4;

export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;
/** As the monotonic clock, and goes on while the machine is suspended. */
export const CLOCK_BOOTTIME = 7;

/** A status flag of adjtimex: the clock is not synchronized. */
export const STA_UNSYNC = 0x40;

export const PR_SET_TIMERSLACK = 29;

export const POLLIN = 1;
export const POLLOUT = 4;
export const POLLNVAL = 32;

export const O_NONBLOCK = 0x800;
export const O_CLOEXEC = 0x8_0000;

export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const FD_CLOEXEC = 1;

export const EFD_CLOEXEC = 0x8_0000;
export const EFD_NONBLOCK = 0x800;

export const EPERM = 1;
export const EINTR = 4;
export const EIO = 5;
export const EBADF = 9;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EFAULT = 14;
export const ENODEV = 19;
export const EINVAL = 22;
export const ENOSYS = 38;
export const ENOTSOCK = 88;
export const EMSGSIZE = 90;
export const EADDRNOTAVAIL = 99;
export const ENOBUFS = 105;

/** Indices of the array that SO_MEMINFO fills (linux/sock_diag.h). */
export const SK_MEMINFO_WMEM_ALLOC = 2;
export const SK_MEMINFO_SNDBUF = 3;
export const SK_MEMINFO_DROPS = 8;
export const SK_MEMINFO_VARS = 9;
