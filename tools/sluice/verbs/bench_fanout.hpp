// tools: the runs that `sluice bench fanout` compares, each in a process of its own.
#pragma once

#include "../core/transfer_options.hpp"
#include "bench_tools.hpp"

#include <sluice/base/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::command {

/// As written.
struct fanout_flags {
    unsigned destinations = 8, rounds = 3;
    std::string size = "512MiB", event_bytes = "1KiB", paced_size = "256MiB";
    std::uint32_t partitions = 1;
    std::string format = "avro", codec = "none", part_size = "auto", object_bytes = "256MiB";
    std::string memory = "256MiB", rate = "8MiB";
    unsigned concurrency = 0, paced_concurrency = 4;
    double slow = 20;
    std::vector<std::string> only;
    std::string simulator, json;
};

/// What one run is like. Destination 0 may be unlike the others.
struct fanout_case {
    std::string what;
    unsigned destinations = 1;
    std::uint64_t rate = 0; ///< bytes a second of each connection; 0: as fast as it goes
    double spread = 0;      ///< rates lie so far above and below
    double first_rate = 1;  ///< of destination 0, as a share; 0: it never answers
    unsigned concurrency = 0;
    bool first_counts = true; ///< otherwise the run ends when all the others have
};

/// Of one run, passed through a pipe as it is.
struct fanout_figures {
    double seconds = 0, cpu_user = 0, cpu_system = 0;
    std::uint64_t bytes = 0;       ///< of encoded objects, at the destination that has most
    std::uint64_t source_read = 0; ///< of the log
    std::uint64_t peak_memory = 0;

    double cpu() const { return cpu_user + cpu_system; }
    double cpu_per_gib() const { return cpu() / (static_cast<double>(bytes) / (1 << 30)); }
    double read_ratio() const {
        return static_cast<double>(source_read) / static_cast<double>(bytes);
    }
};

/// Against a simulator in a process of its own, which checks what it gets and drops it.
class fanout_bench {
  public:
    fanout_bench(const fanout_flags& flags, std::string simulator, std::string scratch)
        : flags_(flags), simulator_(std::move(simulator)), scratch_(std::move(scratch)) {}

    /// A stream to be sent. Errors: errc::io_error (told on stderr).
    result<void> make_log(const std::string& name, const made_events& what) const;
    /// Errors: errc::io_error, also where the export fails (told on stderr).
    result<fanout_figures> run(const std::string& stream, const fanout_case& what) const;

  private:
    std::string work(const export_words& words, const fanout_case& what) const;

    const fanout_flags& flags_;
    std::string simulator_, scratch_;
};

} // namespace sluice::command
