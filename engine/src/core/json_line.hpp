// engine: documents of ours as JSON: written in a fixed member order, closed by a checksum; read
// strictly.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/stream/position.hpp>

#include <simdjson.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::json {

/// Writes one flat level of JSON after the other. Text must be UTF-8.
class line_writer {
  public:
    line_writer& open(std::string_view name = {});  ///< {
    line_writer& open_array(std::string_view name); ///< [
    line_writer& close();                           ///< }
    line_writer& close_array();                     ///< ]
    line_writer& text(std::string_view name, std::string_view value);
    line_writer& number(std::string_view name, std::int64_t value);
    line_writer& number(std::string_view name, std::uint64_t value);
    line_writer& number(std::string_view name, std::uint32_t value) {
        return number(name, std::uint64_t{value});
    }
    line_writer&
    time(std::string_view name, std::optional<std::int64_t> micros); ///< integer or null
    line_writer& flag(std::string_view name, bool value);
    line_writer& crc(std::string_view name, std::uint64_t value); ///< base64 of 8 bytes, big-endian
    line_writer& place(std::string_view name, const position& value);
    line_writer& element(std::string_view text); ///< of an array
    /// Closes the document with the CRC64 of all bytes before that member, and '\n'.
    std::string sealed();
    const std::string& so_far() const { return text_; }

  private:
    void name(std::string_view name);
    std::string text_;
};

/// Reads members of one object; the first thing that is not as it must be is remembered, and later
/// reads give zeros. No object read has a member twice; what is unknown is passed over unread.
class object_reader {
  public:
    object_reader(simdjson::dom::element element, std::string what, std::optional<failure>& why);

    std::string text(const char* name);
    std::uint64_t number(const char* name);
    std::uint32_t number32(const char* name);
    std::int64_t integer(const char* name);
    std::optional<std::int64_t> time(const char* name); ///< µs, or null
    bool flag(const char* name);
    std::uint64_t crc(const char* name);
    position place(const char* name);
    std::vector<simdjson::dom::element> elements(const char* name); ///< of an array
    std::map<std::string, std::string> texts(const char* name);     ///< of an object
    object_reader object(const char* name);
    bool has(const char* name) const; ///< for members that may be missing
    /// The document says something impossible.
    void refuse(const std::string& how);
    bool good() const { return !why_; }

  private:
    simdjson::dom::element member(const char* name);

    simdjson::dom::object object_;
    std::string what_;
    std::optional<failure>& why_;
};

/// Checks the closing CRC and parses. The parser owns the result's memory.
result<simdjson::dom::element>
parse_sealed(simdjson::dom::parser& parser, std::string_view bytes, const std::string& what);

failure damaged(const std::string& what, const std::string& how);

} // namespace sluice::json
