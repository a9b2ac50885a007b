// tools: the options of `sluice cat` and `sluice stream cat`.
#include "cat_flags.hpp"

#include <CLI/CLI.hpp>

namespace sluice::command {

void add_cat_flags(CLI::App& to, cat_words& words) {
    to.add_option("--partition", words.partition, "Only this partition")->type_name("N");
    to.add_option(
          "--from", words.from, "earliest, latest, seq:N, PARTITION/N or time:2026-11-23T10:00:00Z"
    )
        ->type_name("POSITION")
        ->capture_default_str();
    to.add_option("--limit", words.limit, "At most so many events (0: all)")
        ->type_name("N")
        ->capture_default_str();
    to.add_option("--format", words.format, "ndjson, lines or raw")
        ->type_name("WORD")
        ->capture_default_str();
    to.add_option("--join", words.join, "ndjson: an event with a larger value appears in fragments")
        ->type_name("SIZE")
        ->capture_default_str();
}

result<cat_wish> make_cat_wish(const cat_words& words) {
    auto format = parse_print_format(words.format);
    if (!format) return format.error();
    auto start = parse_start(words.from);
    if (!start) return start.error();
    auto join = size_of_option("--join", words.join);
    if (!join) return join.error();
    if (start->partition && words.partition && *start->partition != *words.partition)
        return usage_failure(
            "--from " + words.from + " --partition " + std::to_string(*words.partition) +
            ": two partitions; give seq:" + std::to_string(start->sequence)
        );
    cat_wish wish;
    if (start->partition) wish.named_by = "--from " + words.from;
    wish.start = *start;
    wish.partition = start->partition ? start->partition : words.partition;
    wish.output.format = *format;
    wish.output.join_limit = *join;
    if (words.limit > 0) wish.output.limit = words.limit;
    return wish;
}

result<void> check_partition(const cat_wish& wish, std::uint32_t partitions) {
    if (!wish.partition || *wish.partition < partitions) return result<void>();
    const std::string named_by =
        wish.named_by.empty() ? "--partition " + std::to_string(*wish.partition) : wish.named_by;
    return usage_failure(
        named_by + ": the stream has partitions 0 to " + std::to_string(partitions - 1)
    );
}

} // namespace sluice::command
