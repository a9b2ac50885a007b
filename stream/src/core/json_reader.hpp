// stream: one line of JSON taken apart into a record.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/stream/event.hpp>

#include <simdjson.h>

namespace sluice {

/// Bytes that must be readable behind a line, whatever they are.
inline constexpr std::size_t json_padding = simdjson::SIMDJSON_PADDING;

/// Re-used for line after line; what it gave is valid until the next one.
class json_reader {
  public:
    /// `line` without its '\n'; json_padding bytes behind it must be readable.
    /// Errors: stream_errc::malformed, naming the member and what was expected.
    result<void> read(std::string_view line);

    const record& get() const { return out_; }
    bool has_sequence() const { return has_sequence_; }

  private:
    using value = simdjson::dom::element;
    using object = simdjson::dom::object;

    const char* read_document(value document);
    const char* read_member(std::string_view name, value given);
    const char* read_timestamp(value given);
    const char* read_headers(value given);
    const char* read_header(object given);
    const char* read_fragment(value given);
    const char* read_end(object given, fragment_end& end);
    const char* read_bytes(value given, std::optional<bytes_view>& out);
    const char* read_base64(object given, std::optional<bytes_view>& out);

    simdjson::dom::parser parser_; ///< this one finds out at run time what the processor can do
    record out_;
    byte_vector decoded_; ///< what stood in base64; reserved first, so that it never moves
    bool has_sequence_ = false;
    unsigned seen_ = 0; ///< a bit per member of the envelope
    std::string_view member_;
};

} // namespace sluice
