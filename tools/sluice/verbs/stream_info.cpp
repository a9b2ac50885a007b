// tools: `sluice stream info` and `sluice stream list`.
#include "../core/json_text.hpp"
#include "stream_text.hpp"
#include "stream_verbs.hpp"
#include "verb.hpp"

#include <sluice/engine/commit.hpp>
#include <sluice/engine/imported_stream.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sluice::command {

namespace {

struct info_flags {
    stream_place place;
    bool json = false;
};

/// An import of a part begins at its --start: what lies before was never there.
void begin_at_window(log_info& info, const std::vector<std::string>& progress) {
    for (std::size_t n = 0; n < info.partitions.size() && n < progress.size(); ++n) {
        if (progress[n].empty()) continue;
        const auto known = decode_import_progress(progress[n]);
        if (!known || !known->start) continue;
        stream_bounds& bounds = info.partitions[n].bounds;
        position start = known->start->at;
        start.partition = bounds.first.partition;
        bounds.first = std::max(bounds.first, start);
        bounds.end = std::max(bounds.end, bounds.first);
    }
}

task<result<left_out_lists>> left_out_of_stream(log_store& store, std::string name) {
    auto progress = co_await store.progress(name);
    if (!progress) co_return progress.error();
    left_out_lists lists;
    for (const std::string& each : *progress)
        lists.push_back(left_out_of(each));
    co_return std::move(lists);
}

task<result<log_info>> info_of(log_store& store, std::string name) {
    auto info = co_await store.info(name);
    if (!info) co_return info;
    const auto from_zero = [](const log_partition_info& each) {
        return each.bounds.first.sequence == 0;
    };
    const auto& all = info->partitions;
    if (std::none_of(all.begin(), all.end(), from_zero)) co_return info;
    auto progress = co_await store.progress(name);
    if (progress) begin_at_window(*info, *progress);
    co_return info;
}

task<int> show_stream(runtime& rt, const info_flags& flags) {
    auto found = find_stream(rt, flags.place);
    if (!found) co_return complain(found.error(), side::neither);
    auto info = co_await info_of(found->store, found->name);
    if (!info) co_return complain(info.error(), side::source);
    auto left_out = co_await left_out_of_stream(found->store, found->name);
    if (!left_out) co_return complain(left_out.error(), side::source);
    const std::string text =
        flags.json ? stream_json(*info, *left_out) + "\n" : stream_text(*info, *left_out);
    auto written = write_out(text);
    co_return written ? 0 : complain(written.error(), side::neither);
}

task<int> list_streams(runtime& rt, const info_flags& flags) {
    log_store store(flags.place.data_dir, rt.executor(), rt.blocking());
    auto names = co_await store.list();
    if (!names) co_return complain(names.error(), side::source);
    json_array list;
    std::string text;
    int status = 0;
    for (const std::string& name : *names) {
        auto info = co_await info_of(store, name);
        if (!info) { // one damaged stream does not hide the others
            status = complain(info.error(), side::source);
            continue;
        }
        list.add(stream_json(*info));
        text += stream_line(*info);
    }
    if (flags.json)
        text = list.done() + "\n";
    else if (names->empty())
        text = "no streams in " + flags.place.data_dir + "\n";
    auto written = write_out(text);
    co_return written ? status : complain(written.error(), side::neither);
}

} // namespace

void add_stream_info(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<info_flags>();
    CLI::App* verb = to.add_subcommand("info", "Show what a stream is and holds");
    add_stream_place(*verb, flags->place);
    verb->add_flag("--json", flags->json, "One JSON document");
    verb->callback([flags, &chosen] {
        chosen.run = [flags] {
            runtime rt;
            return rt.run(show_stream(rt, *flags));
        };
    });
}

void add_stream_list(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<info_flags>();
    CLI::App* verb = to.add_subcommand("list", "List the streams of a directory");
    add_data_dir(*verb, flags->place.data_dir);
    verb->add_flag("--json", flags->json, "One JSON document");
    verb->callback([flags, &chosen] {
        chosen.run = [flags] {
            runtime rt;
            return rt.run(list_streams(rt, *flags));
        };
    });
}

} // namespace sluice::command
