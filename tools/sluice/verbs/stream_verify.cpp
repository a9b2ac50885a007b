// tools: `sluice stream verify`: all bytes of a stream, at one go or in several.
#include "../core/command_line.hpp"
#include "../core/json_text.hpp"
#include "stream_verbs.hpp"
#include "verb.hpp"

#include <sluice/base/text.hpp>
#include <sluice/engine/rates.hpp>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

namespace sluice::command {

namespace {

struct stream_verify_flags {
    stream_place place;
    std::string bwlimit;
    std::string from;
    std::string max_duration;
    bool json = false;
    std::string command; ///< the whole line
};

/// What ends it early: a signal, or the time it may take.
class verify_end {
  public:
    explicit verify_end(any_io_executor on) : signals_(on, SIGINT, SIGTERM), timer_(on) {
        signals_.async_wait([this](const boost::system::error_code& ec, int) {
            if (!ec) stop_.request_stop();
        });
    }

    void allow(std::chrono::milliseconds span) {
        timer_.expires_after(span);
        timer_.async_wait([this](const boost::system::error_code& ec) {
            if (ec || stop_.stop_requested()) return;
            ran_out_ = true;
            stop_.request_stop();
        });
    }

    std::stop_token token() const { return stop_.get_token(); }
    bool time_ran_out() const { return ran_out_; }

    /// Nothing is waited for any more.
    void close() {
        boost::system::error_code ignored;
        signals_.cancel(ignored);
        timer_.cancel();
    }

  private:
    boost::asio::signal_set signals_;
    boost::asio::steady_timer timer_;
    std::stop_source stop_;
    bool ran_out_ = false;
};

struct verify_wish {
    log_verification how;
    std::optional<std::chrono::milliseconds> most;
};

result<verify_wish> make_wish(const stream_verify_flags& flags) {
    verify_wish wish;
    if (!flags.bwlimit.empty()) {
        auto asked = parse_byte_rate(flags.bwlimit);
        if (!asked) return usage_failure("--bwlimit " + asked.error().where);
        wish.how.bytes_per_second = static_cast<std::uint64_t>(*asked);
    }
    if (!flags.from.empty()) {
        auto from = parse_position(flags.from);
        if (!from)
            return usage_failure(
                "--from " + flags.from + ": must be partition/sequence, as a run that stopped says"
            );
        wish.how.from = *from;
    }
    if (!flags.max_duration.empty()) {
        auto most = duration_of_option("--max-duration", flags.max_duration);
        if (!most) return most.error();
        wish.most = *most;
    }
    return wish;
}

std::string
log_verdict_json(const log_verdict& found, const log_verification& how, const std::string& name) {
    json_array problems;
    for (const std::string& each : found.problems)
        problems.add(json_string(each));
    json_array notes;
    for (const std::string& each : found.notes)
        notes.add(json_string(each));
    const auto place = [](json_object& to, const char* member, const std::optional<position>& at) {
        at ? to.text(member, to_string(*at)) : to.null(member);
    };
    json_object json;
    json.text("stream", name).flag("whole", found.problems.empty() && !found.stopped_at);
    place(json, "from", how.from);
    place(json, "stopped_at", found.stopped_at);
    json.number("batches", found.batches).number("records", found.records);
    json.number("events", found.events).number("bytes", found.bytes);
    json.value("problems", problems.done()).value("notes", notes.done());
    return json.done() + "\n";
}

std::string last_line(const log_verdict& found, const log_verification& how) {
    if (!found.problems.empty()) return "NOT whole\n";
    std::string part;
    if (how.from) part += " from " + to_string(*how.from);
    if (found.stopped_at) part += " up to " + to_string(*found.stopped_at);
    return "whole" + part + "\n";
}

std::string
log_verdict_text(const log_verdict& found, const log_verification& how, const std::string& name) {
    std::string text = name + ": " + std::to_string(found.batches) + " batches, " +
                       std::to_string(found.events) + " events, " + std::to_string(found.bytes) +
                       " bytes read and checked\n";
    for (const std::string& each : found.problems)
        text += "problem: " + each + "\n";
    for (const std::string& each : found.notes)
        text += "note: " + each + "\n";
    return text + last_line(found, how);
}

/// The command that goes on there.
std::string next_command(const std::string& command, const position& from) {
    const std::vector<std::string> given = words_of_line(command);
    std::vector<std::string> words;
    for (std::size_t n = 0; n < given.size(); ++n) {
        if (given[n] == "--from")
            ++n; // and its value
        else if (!given[n].starts_with("--from="))
            words.push_back(given[n]);
    }
    words.insert(words.end(), {"--from", to_string(from)});
    return shell_line(words);
}

int status_of(const log_verdict& found, bool time_ran_out) {
    constexpr int something_differs = 6, limit_was_reached = 8, was_stopped = 10;
    if (!found.problems.empty()) return something_differs;
    if (!found.stopped_at) return 0;
    return time_ran_out ? limit_was_reached : was_stopped;
}

task<int> verify_stream(runtime& rt, const stream_verify_flags& flags) {
    auto found = find_stream(rt, flags.place);
    if (!found) co_return complain(found.error(), side::neither);
    auto wish = make_wish(flags);
    if (!wish) co_return complain(wish.error(), side::neither);
    verify_end end(rt.executor());
    if (wish->most) end.allow(*wish->most);
    wish->how.stop = end.token();
    auto verdict = co_await found->store.verify(found->name, wish->how);
    end.close();
    if (!verdict) co_return complain(verdict.error(), side::source);
    const std::string text = flags.json ? log_verdict_json(*verdict, wish->how, found->name)
                                        : log_verdict_text(*verdict, wish->how, found->name);
    auto written = write_out(text);
    if (!written) co_return complain(written.error(), side::neither);
    if (verdict->stopped_at)
        write_err(
            "stopped; continue with: " + next_command(flags.command, *verdict->stopped_at) + "\n"
        );
    co_return status_of(*verdict, end.time_ran_out());
}

} // namespace

void add_stream_verify(CLI::App& to, chosen_verb& chosen) {
    auto flags = std::make_shared<stream_verify_flags>();
    CLI::App* verb = to.add_subcommand("verify", "Read every byte of a stream and check it");
    add_stream_place(*verb, flags->place);
    verb->add_flag("--json", flags->json, "One JSON document");
    verb->add_option(
            "--bwlimit", flags->bwlimit, "Read at most RATE (5MiB/s), for a disk that others use"
    )
        ->type_name("RATE");
    verb->add_option("--max-duration", flags->max_duration, "Stop after so long (status 8)")
        ->type_name("DURATION");
    verb->add_option("--from", flags->from, "Go on where a run that was stopped says it stands")
        ->type_name("POSITION");
    verb->footer(
        "Disks lose bits silently: run it once a week, say from cron, so that damage is found "
        "while there is\nanother copy. Nothing is changed; writers and readers go on. Ctrl-C stops "
        "it; it then says how to go on.\n\n"
        "Examples:\n"
        "  sluice stream verify orders\n"
        "  sluice stream verify orders --bwlimit 5MiB/s     (a week for 3 TB)\n"
        "  sluice stream verify orders --max-duration 2h    (a part of it each night)\n\n"
        "Exit status: 0 whole, 3 no such stream, 6 something is damaged, 8 the time was up, 10 "
        "stopped"
    );
    verb->callback([flags, &chosen] {
        flags->command = chosen.command;
        chosen.run = [flags] {
            runtime rt;
            return rt.run(verify_stream(rt, *flags));
        };
    });
}

} // namespace sluice::command
