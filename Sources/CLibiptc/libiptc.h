// libiptc's own choice of glibc headers is left out by its guard: they define things that CLibnl has from the kernel's
// headers, such as struct iphdr, and one program can hold one definition only.
#define _FWCHAINS_KERNEL_HEADERS_H
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/types.h>

#include <libiptc/libip6tc.h>
#include <libiptc/libiptc.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_CHECKSUM.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_sctp.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>
