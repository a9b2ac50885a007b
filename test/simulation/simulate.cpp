// simulation: the program: runs seeds, and tells which of them show a violation.
#include "coverage.hpp"
#include "scenario.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include <malloc.h>
#include <unistd.h>

namespace {

using sluice::simulation::run_report;
using sluice::simulation::run_scenario;

const char usage[] =
    "usage: simulate --seed N | --seeds A..B [--keep-going] [--verbose]\n"
    "  --seed N       one run, told step by step\n"
    "  --seeds A..B   runs A to B-1; stops at the first violation\n"
    "  --keep-going   goes on behind violations\n"
    "  --verbose      tells at the end how often each fault, death and wish was met\n";

bool parse_number(std::string_view text, std::uint64_t& to) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), to);
    return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

struct asked {
    std::uint64_t from = 0, to = 0;
    bool talks = false, keeps_going = false, tells_coverage = false;
};

bool parse(int count, char** words, asked& what) {
    for (int n = 1; n < count; ++n) {
        const std::string_view word = words[n];
        if (word == "--keep-going") {
            what.keeps_going = true;
            continue;
        }
        if (word == "--verbose") {
            what.tells_coverage = true;
            continue;
        }
        if (n + 1 == count) return false;
        const std::string_view value = words[++n];
        const std::size_t dots = value.find("..");
        if (word == "--seed" && parse_number(value, what.from)) {
            what.to = what.from + 1;
            what.talks = true;
        } else if (word != "--seeds" || dots == value.npos ||
                   !parse_number(value.substr(0, dots), what.from) ||
                   !parse_number(value.substr(dots + 2), what.to)) {
            return false;
        }
    }
    return what.to > what.from;
}

std::string make_folder() {
    const bool memory = ::access("/dev/shm", W_OK) == 0;
    std::string name = (memory ? "/dev/shm" : "/tmp") + std::string("/sluice-simulate-XXXXXX");
    return ::mkdtemp(name.data());
}

/// The journal of a run that failed, told by a run of its own: what is left of this one is not
/// clean.
void tell_again(const std::string& command) {
    const std::string all = command + " 2>&1 | tail -n 60";
    std::fflush(stdout);
    if (std::system(all.c_str()) != 0) std::puts("  (it could not be told)");
}

void tell_coverage() {
    for (const auto& [what, count] : sluice::simulation::all_met())
        std::printf("%10llu %s\n", static_cast<unsigned long long>(count), what.c_str());
}

} // namespace

int main(int count, char** words) {
    // Runs come and go with much memory: it is kept.
    ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
    ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
    asked what;
    if (!parse(count, words, what)) {
        std::fputs(usage, stderr);
        return 2;
    }
    // A sanitized program is slower by far, and its runs are checked by more than the invariants.
    const char* const sanitized = std::getenv("SLUICE_TEST_SANITIZED");
    const std::uint64_t all_seeds = what.to - what.from;
    if (sanitized && all_seeds > 100) what.to = what.from + all_seeds / 20;
    const std::string root = make_folder();
    run_report all;
    unsigned bad = 0;
    for (std::uint64_t seed = what.from; seed < what.to; ++seed) {
        const run_report one = run_scenario(seed, root, what.talks);
        all.deaths += one.deaths;
        all.zombies += one.zombies;
        all.requests += one.requests;
        all.commits += one.commits;
        all.events += one.events;
        all.trace = all.trace * 31 + one.trace;
        if (one.violations.empty()) continue;
        ++bad;
        std::printf(
            "seed %llu: %s\n", static_cast<unsigned long long>(seed), one.violations.front().c_str()
        );
        const std::string again = std::string(words[0]) + " --seed " + std::to_string(seed);
        std::printf("  again, step by step: %s\n", again.c_str());
        if (!what.talks && !what.keeps_going) tell_again(again);
        std::fflush(stdout);
        if (!what.keeps_going) break;
    }
    if (what.tells_coverage) tell_coverage();
    std::error_code ignored;
    std::filesystem::remove_all(root, ignored);
    std::printf(
        "%llu runs, %u with violations: %llu deaths, %llu zombies, %llu requests, %llu commits, "
        "%llu events, trace %016llx\n",
        static_cast<unsigned long long>(what.to - what.from),
        bad,
        static_cast<unsigned long long>(all.deaths),
        static_cast<unsigned long long>(all.zombies),
        static_cast<unsigned long long>(all.requests),
        static_cast<unsigned long long>(all.commits),
        static_cast<unsigned long long>(all.events),
        static_cast<unsigned long long>(all.trace)
    );
    std::printf("@counts %d %d 0 of 1\n", bad == 0, bad != 0);
    return bad == 0 ? 0 : 1;
}
