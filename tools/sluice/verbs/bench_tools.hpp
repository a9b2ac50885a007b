// tools: what the benchmarks share: a log to measure with, and what a run costs.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/stream/log_store.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::command {

/// Bytes that no compressor and no CPU trick likes, the same in every run (xorshift64).
byte_vector noise(std::size_t size);

/// Wall time and this process's CPU time between `start` and `stop`.
class cost_meter {
  public:
    void start();
    void stop();
    double wall() const { return wall_; }
    double user() const { return user_; }
    double system() const { return system_; }
    /// Most memory resident since the process began, bytes.
    static std::uint64_t peak_memory();

  private:
    std::chrono::steady_clock::time_point began_;
    double wall_ = 0, user_ = 0, system_ = 0;
};

/// A run's figures, as JSON members and as lines.
struct measured {
    std::string what;
    std::uint64_t bytes = 0, records = 0;
    cost_meter cost;
    std::string more_json; ///< members of the kind of run, without braces; may be empty
    std::string more_text; ///< the same for people; may be empty
};
std::string measured_json(const measured& run);
std::string measured_text(const measured& run);

/// Prints the text, writes the JSON to `file` ("-": stdout instead of the text; empty: nowhere).
int tell_report(const std::string& text, const std::string& json, const std::string& file);
int tell_measured(const measured& run, const std::string& file);

/// A directory that goes away with this object.
class scratch_directory {
  public:
    /// Below $TMPDIR, else /tmp. Errors: errc::io_error.
    static result<scratch_directory> make();
    explicit scratch_directory(std::string path) : path_(std::move(path)) {}
    scratch_directory(scratch_directory&& other) noexcept
        : path_(std::exchange(other.path_, std::string())) {}
    scratch_directory& operator=(scratch_directory&&) = delete;
    ~scratch_directory();
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// The events that benchmarks make: `size` bytes of values in events of `event_bytes`, each with a
/// short key and a timestamp; the same bytes every time.
struct made_events {
    std::uint64_t size = std::uint64_t{1} << 30;
    std::uint64_t event_bytes = 1 << 10;
    std::uint32_t partitions = 2;
    bool relaxed = true;                  ///< acknowledge without waiting for the disk
    std::uint64_t append_bytes = 4 << 20; ///< per acknowledged append
};
struct filled_stream {
    std::uint64_t events = 0, appends = 0;
};
/// Creates `name` in `store` and fills it. Errors: those of the log.
task<result<filled_stream>> fill_stream(log_store store, std::string name, made_events what);

} // namespace sluice::command
