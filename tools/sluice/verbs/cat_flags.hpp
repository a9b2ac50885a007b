// tools: the options of `sluice cat` and `sluice stream cat`.
#pragma once

#include "../core/transfer_options.hpp"
#include "../io/event_output.hpp"

#include <sluice/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace sluice::command {

/// As written.
struct cat_words {
    std::optional<std::uint32_t> partition;
    std::string from = "earliest";
    std::uint64_t limit = 0; ///< events; 0: all
    std::string format = "ndjson";
    std::string join = "64MiB";
};
void add_cat_flags(CLI::App& to, cat_words& words);

/// Checked: errors name the option.
struct cat_wish {
    start_place start;
    std::optional<std::uint32_t> partition; ///< only this one
    std::string named_by;                   ///< the words that name it; empty: --partition
    event_output_options output;
};
result<cat_wish> make_cat_wish(const cat_words& words);
/// Refuses a partition that is not there, naming those that are.
result<void> check_partition(const cat_wish& wish, std::uint32_t partitions);

} // namespace sluice::command
