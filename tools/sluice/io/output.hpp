// tools: stdout and stderr, written whole; and what every verb says when it fails.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/engine/error.hpp>

#include <string>
#include <string_view>

namespace sluice::command {

/// Writes all of it. Errors: errc::disk_full, errc::io_error, naming stdout.
result<void> write_out(std::string_view text);
/// For people; a stderr that is gone is nobody's problem.
void write_err(std::string_view text);

/// One line on stderr; returns the documented exit status. `verb`: as way_out takes it.
int complain(const failure& why, side where, std::string_view verb = {});

/// Gathers small pieces of output; everything is written by `flush` or when 256 KiB have come.
class out_buffer {
  public:
    std::string text;
    result<void> flush_when_full();
    result<void> flush();
};

} // namespace sluice::command
