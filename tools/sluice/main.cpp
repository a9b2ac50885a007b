// tools: the command `sluice`.
#include "verbs/verb.hpp"

#include <cstdio>
#include <exception>

#include <sys/prctl.h>
#include <sys/resource.h>

namespace {

/// Memory holds secret keys: it goes into no core file, and no other process of this user reads it.
/// (The leak checker of a sanitized build has to.)
void keep_memory_to_itself() {
#ifndef __SANITIZE_ADDRESS__
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
}

} // namespace

int main(int argc, char** argv) {
    keep_memory_to_itself();
    try {
        return sluice::command::run_command(argc, argv);
    } catch (const std::exception& broken) {
        std::fprintf(stderr, "sluice: broken inside: %s\n", broken.what());
        return 1;
    }
}
