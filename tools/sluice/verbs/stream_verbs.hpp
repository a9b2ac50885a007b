// tools: what the verbs of `sluice stream` share: a stream's name or address, opened where it lies.
#pragma once

#include "../core/transfer_options.hpp"
#include "../io/output.hpp"
#include "../io/runtime.hpp"
#include "flags.hpp"

#include <sluice/engine/address.hpp>
#include <sluice/stream/log_store.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace sluice::command {

struct stream_place {
    std::string word; ///< NAME, log:NAME or log:///dir/NAME
    std::string data_dir;
};
void add_stream_place(CLI::App& to, stream_place& place);

struct found_stream {
    log_store store;
    std::string name;
};
/// Errors: errc::invalid_argument, naming the address.
result<found_stream> find_stream(runtime& rt, const stream_place& place);

/// `--group-window`, as written.
CLI::Option* add_group_window(CLI::App& to, std::string& word);
/// Errors: errc::invalid_argument, naming the option.
result<std::chrono::microseconds> group_window_of(const std::string& word);

/// What a stream keeps, as written.
struct retention_words {
    std::string bytes, age, max_lag;
    std::string bytes_option, age_option; ///< the verb's names for the first two
};
/// Under the names that the verb gives the first two, and --max-lag.
void add_retention(
    CLI::App& to, retention_words& words, const std::string& bytes, const std::string& age
);
/// Errors: errc::invalid_argument, naming the option.
result<log_retention> make_retention(const retention_words& words);

} // namespace sluice::command
