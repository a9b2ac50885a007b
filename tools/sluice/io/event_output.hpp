// tools: events on stdout, from a place on and at most so many; what both `cat`s share.
#pragma once

#include "../core/event_printer.hpp"
#include "output.hpp"

#include <sluice/base/result.hpp>
#include <sluice/stream/event.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace sluice::command {

struct event_output_options {
    print_format format = print_format::ndjson;
    std::size_t join_limit = 0;
    std::optional<std::uint64_t> limit; ///< events; none: all
};

/// Takes records in order. Output is written as it gathers.
class event_output {
  public:
    explicit event_output(const event_output_options& options)
        : printer_(options.format, options.join_limit), left_(options.limit) {}

    bool enough() const { return left_ && *left_ == 0; }
    /// What failures name as the place of the events to come: a stream or folder, and the
    /// partition.
    void begin(std::string where) { where_ = std::move(where); }
    /// False once it is enough. Errors: those of standard output; stream_errc::damaged.
    result<bool> take(const record& each);
    /// Writes what is left.
    result<void> flush() { return out_.flush(); }

  private:
    std::string where_;
    event_printer printer_;
    out_buffer out_;
    std::optional<std::uint64_t> left_;
};

} // namespace sluice::command
