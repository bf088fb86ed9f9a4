// What Swift's Glibc module leaves out: names behind _GNU_SOURCE and kernel headers that glibc does not include.
#ifndef CLINUX_H
#define CLINUX_H

#include <linux/filter.h>
#include <linux/inet_diag.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/statfs.h>

int pipe2(int *ends, int flags);
int setns(int fd, int nstype);
int unshare(int flags);

// Makes a timer_t whose SIGALRM goes to the calling thread alone; the thread's number is in a union that Swift can't see.
int CLinux_createThreadAlarm(void **timer);

// ioctl numbers are macros over sizeof, which Swift does not import.
static inline unsigned long CLinux_NS_GET_NSTYPE(void) { return NS_GET_NSTYPE; }
static inline unsigned long CLinux_NS_GET_USERNS(void) { return NS_GET_USERNS; }
static inline unsigned long CLinux_NS_GET_OWNER_UID(void) { return NS_GET_OWNER_UID; }

#endif
