// tools: stored records as output of `stream cat`: fragments joined, within a limit.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/base/result.hpp>
#include <sluice/stream/event.hpp>
#include <sluice/stream/event_sum.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sluice::command {

enum class print_format {
    ndjson = 1, ///< one JSON object per event; one above the limit as its fragments
    lines,      ///< each value and a '\n'
    raw,        ///< values only, nothing between them
};
result<print_format> parse_print_format(const std::string& name);

/// Takes records in order, appends what is to be written to `out`. Null values print as empty ones
/// in `lines` and `raw`. Holds at most `join_limit` bytes of one event (ndjson only).
class event_printer {
  public:
    event_printer(print_format format, std::size_t join_limit)
        : format_(format), join_limit_(join_limit) {}

    /// True when an event is complete with this record. Errors: stream_errc::damaged where
    /// fragments do not make the event that the last one tells; then that one is not printed.
    result<bool> print(const record& what, std::string& out);

  private:
    bool print_value(const record& what, std::string& out);
    bool print_json(const record& what, std::string& out);
    bool continues(const record& what) const;
    void keep_first(const record& what);
    record kept_record() const;
    void give_up_joining(std::string& out);

    event_sum sum_;
    print_format format_;
    std::size_t join_limit_;

    bool joining_ = false; ///< an event is open and its beginning is in `kept_`
    byte_vector kept_;     ///< its value so far
    std::int64_t sequence_ = 0;
    std::optional<std::int64_t> timestamp_;
    std::optional<byte_vector> key_;
    struct kept_header {
        std::string name;
        std::optional<byte_vector> value;
    };
    std::vector<kept_header> headers_;
};

} // namespace sluice::command
