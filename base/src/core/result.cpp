// base: a failure as one line for a person, and as the exception of a broken promise.
#include <sluice/base/result.hpp>

#include <stdexcept>
#include <string_view>

namespace sluice {

namespace {

/// Thrown by `result::value()` on a failure: the caller had promised that there is none.
class broken_promise final : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// What a peer said may hold line ends and control bytes; a log line may not.
void append_on_one_line(std::string& to, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        to += byte < 0x20 || byte == 0x7f ? ' ' : c;
    }
}

} // namespace

std::string describe(const failure& why) {
    std::string line;
    append_on_one_line(line, why.where);
    if (!line.empty()) line += ": ";
    line += why.code.message();
    if (!why.peer_text.empty()) {
        line += ": \"";
        append_on_one_line(line, why.peer_text);
        line += '"';
    }
    if (!why.request_id.empty()) {
        line += " (request ";
        append_on_one_line(line, why.request_id);
        line += ')';
    }
    return line;
}

void throw_exception_from_error(const failure& why, const boost::source_location& at) {
    throw broken_promise("no value at " + at.to_string() + ": " + describe(why));
}

} // namespace sluice
