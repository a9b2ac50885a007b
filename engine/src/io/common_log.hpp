// engine: one log for work that is done on several executors.
#pragma once

#include <sluice/base/log.hpp>

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace sluice {

/// What the shares of a transfer tell, from any thread: a line that one of them has told is not
/// told by the others.
class common_log {
  public:
    explicit common_log(logger& to) : to_(to) {}

    void write(
        std::size_t share,
        log_level level,
        std::string_view message,
        const log_field* fields,
        std::size_t count
    );

  private:
    std::mutex guard_;
    logger& to_;
    std::map<std::string, std::size_t, std::less<>> told_;
};

/// Of one share, by its number.
class share_log final : public logger {
  public:
    share_log(common_log& of, std::size_t number) : of_(of), number_(number) {}
    void write(
        log_level level, std::string_view message, const log_field* fields, std::size_t count
    ) override {
        of_.write(number_, level, message, fields, count);
    }

  private:
    common_log& of_;
    std::size_t number_;
};

} // namespace sluice
