// simulation: processes: those that append, export, import.
#pragma once

#include "world.hpp"

#include <functional>

namespace sluice::simulation {

/// One process from its start to its end.
struct process {
    std::shared_ptr<life> who;
    std::string machine;
    std::unique_ptr<life_log> log;
    std::unique_ptr<log_files> files; ///< of the machine that has the stream
    std::shared_ptr<transfer> running;
    bool resumes_all = false; ///< wishes that were stored for its destinations are taken back
    bool ended = false;
    std::optional<failure> outcome;
    std::string state; ///< "completed", "paused" …; empty where it did not begin

    bool died() const { return who->dead(); }
    bool done_well() const { return ended && !died() && !outcome; }
};

std::shared_ptr<process> new_process(world& in, const std::string& name, std::string machine);

/// These return at once; the process's `over` tells.
void begin_export(world& in, const std::shared_ptr<process>& as, export_spec spec);
void begin_import(world& in, const std::shared_ptr<process>& as, import_spec spec);

/// How the stream is made, and what is appended to it in one go.
struct append_plan {
    std::string stream;
    std::uint32_t partitions = 1;
    std::string codec;
    std::uint64_t segment_bytes = 1 << 20;
    unsigned events = 10; ///< in all
    std::size_t largest = 200;
    std::size_t batch_bytes = 1000;
    bool fragments = false; ///< an event of more than 1 MiB comes last
};
void begin_append(world& in, const std::shared_ptr<process>& as, append_plan plan);

/// Until the process has ended or is frozen.
task<void> until_over(world& in, std::shared_ptr<process> what);

/// All records of a stream's partition, encoded, as a reader of the log gives them.
task<result<std::string>>
read_partition(world& in, std::string stream, std::uint32_t partition, position& end);

} // namespace sluice::simulation
