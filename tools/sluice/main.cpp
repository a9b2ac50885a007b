// tools: the command `sluice`.
#include "verbs/verb.hpp"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    try {
        return sluice::command::run_command(argc, argv);
    } catch (const std::exception& broken) {
        std::fprintf(stderr, "sluice: broken inside: %s\n", broken.what());
        return 1;
    }
}
