/* What the kernel alone takes: one thread dials, accepts what a rule redirects to it, and reads the original destination
 * back, for as many seconds as it is told; prints how many connections a second. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SO_ORIGINAL_DST = 80, LISTENS_ON = 15001, DIALLED = 80, NETWORK = 0x0a010101, HOSTS = 200 };

static void end(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static struct sockaddr_in at(unsigned host, unsigned short port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(host);
  return address;
}

/* Resets instead of TIME_WAIT: a test that lasts must not run out of ports. */
static void close_at_once(int socket) {
  struct linger none = {.l_onoff = 1, .l_linger = 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  close(socket);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **words) {
  double seconds = count > 1 ? atof(words[1]) : 1, begun, passed;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in own = at(INADDR_ANY, LISTENS_ON);
  if (bind(listener, (void *)&own, sizeof own) || listen(listener, 16)) end("listen");
  begun = now();
  for (unsigned long done = 0;;) {
    int sender = socket(AF_INET, SOCK_STREAM, 0), accepted;
    struct sockaddr_in to = at(NETWORK + done % HOSTS, DIALLED), original;
    socklen_t size = sizeof original;
    if (connect(sender, (void *)&to, sizeof to)) end("connect");
    if ((accepted = accept(listener, NULL, NULL)) < 0) end("accept");
    if (getsockopt(accepted, IPPROTO_IP, SO_ORIGINAL_DST, &original, &size)) end("SO_ORIGINAL_DST");
    if (original.sin_addr.s_addr != to.sin_addr.s_addr || original.sin_port != to.sin_port) end("another destination");
    close_at_once(accepted);
    close_at_once(sender);
    if (++done % 256 == 0 && (passed = now() - begun) > seconds) {
      printf("%.0f\n", done / passed);
      return 0;
    }
  }
}
