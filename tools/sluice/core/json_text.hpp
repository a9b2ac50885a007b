// tools: small JSON documents, written member by member in the order given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::command {

/// A string literal of any bytes: what is not UTF-8 becomes '?', for it can only come from a peer.
std::string json_string(std::string_view text);

/// One object on one line.
class json_object {
  public:
    json_object& text(std::string_view name, std::string_view value);
    json_object& number(std::string_view name, std::uint64_t value);
    json_object& integer(std::string_view name, std::int64_t value);
    json_object& real(std::string_view name, double value);
    json_object& flag(std::string_view name, bool value);
    json_object& null(std::string_view name);
    /// `json` is a value already written.
    json_object& value(std::string_view name, std::string_view json);
    std::string done() const { return "{" + members_ + "}"; }

  private:
    std::string members_;
};

class json_array {
  public:
    void add(std::string_view json);
    std::string done() const { return "[" + items_ + "]"; }

  private:
    std::string items_;
};

} // namespace sluice::command
