// tools: `sluice stream repair`: a damaged stream, and what going on with the rest of it costs.
#include "../core/json_text.hpp"
#include "../core/progress_line.hpp"
#include "stream_verbs.hpp"
#include "verb.hpp"

#include <sluice/base/text.hpp>

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace sluice::command {

namespace {

struct stream_repair_flags {
    stream_place place;
    bool accept_loss = false;
    bool json = false;
};

std::string loss_text(const std::string& name, const log_loss& loss, bool accepted) {
    std::string text = fmt::format(
        "{}, partition {}: events {} up to {} {} given up: {} segments, {}\n",
        name,
        loss.partition,
        to_string(loss.from),
        to_string(loss.to),
        accepted ? "were" : "would be",
        grouped(loss.segments),
        human_size(loss.bytes)
    );
    text += "  damage: " + loss.why + "\n";
    for (const std::string& each : loss.passed)
        text += "  cursor " + each + " has not read all of it: its reader finds a gap\n";
    if (accepted)
        for (const std::string& each : loss.kept_as)
            text += "  kept as " + each + "\n";
    return text;
}

std::string
losses_text(const std::string& name, const std::vector<log_loss>& losses, bool accepted) {
    if (losses.empty()) return name + ": nothing is damaged\n";
    std::string text;
    for (const log_loss& each : losses)
        text += loss_text(name, each, accepted);
    if (!accepted)
        text +=
            "nothing was changed. Better: restore the files from a copy. Else bring to safety what "
            "can still be read\n(`sluice export` goes up to the damage), then say "
            "--accept-loss\n";
    return text;
}

std::string strings_json(const std::vector<std::string>& all) {
    json_array list;
    for (const std::string& each : all)
        list.add(json_string(each));
    return list.done();
}

std::string
losses_json(const std::string& name, const std::vector<log_loss>& losses, bool accepted) {
    json_array list;
    for (const log_loss& each : losses) {
        json_object json;
        json.number("partition", each.partition);
        json.text("from", to_string(each.from)).text("to", to_string(each.to));
        json.number("segments", each.segments).number("bytes", each.bytes);
        json.text("damage", each.why).value("kept_as", strings_json(each.kept_as));
        json.value("passed", strings_json(each.passed));
        list.add(json.done());
    }
    json_object json;
    json.text("stream", name).flag("given_up", accepted).value("losses", list.done());
    return json.done() + "\n";
}

task<int> repair_stream(runtime& rt, const stream_repair_flags& flags) {
    auto found = find_stream(rt, flags.place);
    if (!found) co_return complain(found.error(), side::neither);
    auto losses = co_await found->store.give_up_damaged(found->name, !flags.accept_loss);
    if (!losses) co_return complain(losses.error(), side::source);
    const std::string text = flags.json ? losses_json(found->name, *losses, flags.accept_loss)
                                        : losses_text(found->name, *losses, flags.accept_loss);
    auto written = write_out(text);
    if (!written) co_return complain(written.error(), side::neither);
    constexpr int something_is_damaged = 6;
    co_return losses->empty() || flags.accept_loss ? 0 : something_is_damaged;
}

constexpr const char* stream_repair_notes =
    "Without --accept-loss it only tells what is damaged and what would be lost. With it, segments "
    "that do not check\nare set aside (renamed to ….lost), and with them all before them, so that "
    "the "
    "stream begins behind them; nothing\nis deleted, and no sequence is used twice. An export that "
    "had not got so far is refused until --accept-gaps\nrecords what is missing.\n\n"
    "Examples:\n"
    "  sluice stream repair orders\n"
    "  sluice stream repair orders --accept-loss\n\n"
    "Exit status: 0 nothing is damaged, or it was given up; 3 no such stream; 6 something is "
    "damaged; 7 it is being\nwritten, or belongs to an import";

} // namespace

void add_stream_repair(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<stream_repair_flags>();
    CLI::App* verb =
        to.add_subcommand("repair", "Go on without what is damaged, where no copy is left");
    add_stream_place(*verb, flags->place);
    verb->add_flag("--accept-loss", flags->accept_loss, "Give up what is damaged, for good");
    verb->add_flag("--json", flags->json, "One JSON document");
    verb->footer(stream_repair_notes);
    verb->callback([flags, &chosen] {
        chosen.run = [flags] {
            runtime rt;
            return rt.run(repair_stream(rt, *flags));
        };
    });
}

} // namespace sluice::command
