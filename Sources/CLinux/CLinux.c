#define _GNU_SOURCE
#include "CLinux.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

int CLinux_createThreadAlarm(void **timer) {
    struct sigevent event = {0};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGALRM;
    event._sigev_un._tid = gettid();
    return timer_create(CLOCK_MONOTONIC, &event, timer);
}
