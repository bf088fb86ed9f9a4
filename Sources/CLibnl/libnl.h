// What Swift needs of libnl and of the kernel's own headers.
#ifndef CLIBNL_H
#define CLIBNL_H

// Before the kernel headers, which then leave the types of both to glibc: CNetfilter has them from there, and one program
// can hold one definition only.
#include <net/if.h>
#include <netinet/in.h>

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter_bridge.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <netlink/addr.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/object.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet.h>
#include <netlink/route/link/inet6.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/route.h>
#include <netlink/route/rule.h>
#include <netlink/socket.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// These hide behind _GNU_SOURCE.
int close_range(unsigned int first, unsigned int last, int flags);
int pidfd_open(pid_t pid, unsigned int flags);
long syscall(long number, ...);

// Begins a child that outlives its parent and holds no descriptor but one: not the standard output that a runtime reads
// to its end, not the lock of a file. Returns as fork(2) does.
//
// A fork whose child ends without a signal, so that nobody who waits for children of his own meets it.
static inline pid_t CLibnl_forkHolding(int descriptor) {
    pid_t child = (pid_t)syscall(SYS_clone, 0L, 0L, 0L, 0L, 0L);
    if (child != 0) return child;
    int closed = descriptor == 0 ? 0 : close_range(0, (unsigned int)descriptor - 1, 0);
    if (closed == 0) closed = close_range((unsigned int)descriptor + 1, ~0U, 0);
    // close_range(2) is as young as Linux 5.9.
    for (int other = 0; closed != 0 && other < 1024; other++) {
        if (other != descriptor) close(other);
    }
    return 0;
}

// Sends a message from a child that outlives its parent, and returns the child's pid, or -1 with errno.
//
// In C because the child of a fork may only call what signal-safety(7) lists, which no Swift code can promise.
static inline pid_t CLibnl_sendFromChild(int descriptor, const void *message, size_t length) {
    pid_t child = CLibnl_forkHolding(descriptor);
    if (child != 0) return child;
    ssize_t sent;
    do {
        sent = send(descriptor, message, length, 0);
    } while (sent < 0 && errno == EINTR);
    _exit(sent < 0);
}

// Keeps a descriptor open for a time in a child that outlives its parent, and returns the child's pid, or -1 with errno.
static inline pid_t CLibnl_holdInChild(int descriptor, int milliseconds) {
    pid_t child = CLibnl_forkHolding(descriptor);
    if (child != 0) return child;
    poll(NULL, 0, milliseconds);
    _exit(0);
}

#endif
