// tools: a failure as the one line a person reads: what, where, and what to do now.
#include "way_out.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/stream/error.hpp>

#include <map>
#include <vector>

namespace sluice::command {

namespace {

using hints = std::map<int, std::string_view>;

template <class Enum>
int at(Enum code) {
    return static_cast<int>(code);
}

const hints& base_hints() {
    static const hints table = {
        {at(errc::disk_full), "free some space, then run the same command again: it continues"},
        {at(errc::damaged), "nothing was deleted; restore the file from a copy"},
        {at(errc::unsupported_version), "use the version of sluice that wrote it, or a newer one"},
        {at(errc::io_error), "check the file, its permissions and the disk"},
    };
    return table;
}

const hints& stream_hints() {
    static const hints table = {
        {at(stream_errc::no_such_stream), "`sluice stream list` shows what is there"},
        {at(stream_errc::stream_exists),
         "choose another name, or remove it with `sluice stream delete`"},
        {at(stream_errc::locked), "wait until that process has ended, or end it"},
        {at(stream_errc::reserved),
         "it belongs to an import; `sluice stream release` lets others write"},
        {at(stream_errc::fenced), "another process writes the stream now"},
        {at(stream_errc::damaged),
         "nothing was deleted; restore the file from a copy, or see what `sluice stream repair` "
         "would "
         "give up"},
        {at(stream_errc::malformed), "what came before it is kept; mend the input"},
        {at(stream_errc::too_large), "key and headers of an event may have 1 MiB together"},
        {at(stream_errc::diverged), "use another prefix, or another target stream"},
    };
    return table;
}

const hints& s3_hints() {
    using s3::s3_errc;
    static const hints table = {
        {at(s3_errc::access_denied), "check the permissions of these credentials"},
        {at(s3_errc::invalid_credentials),
         "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or --profile"},
        {at(s3_errc::expired_token), "get new credentials, then run the same command again"},
        {at(s3_errc::request_time_too_skewed), "set this machine's clock"},
        {at(s3_errc::no_such_bucket), "check the bucket's name, or create the bucket first"},
        {at(s3_errc::no_such_key), "check the address; `sluice ls` shows what is there"},
        {at(s3_errc::wrong_region), "name the bucket's region with --region"},
        {at(s3_errc::connect_failed),
         "check --endpoint-url, and that the server runs; the same command continues"},
        {at(s3_errc::tls_failed),
         "the store's certificate must be valid for its name; a private issuer is trusted with "
         "--ca-bundle FILE"},
        {at(s3_errc::no_credentials),
         "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a "
         "--profile; --no-sign-request goes without"},
        {at(s3_errc::checksum_mismatch),
         "the bytes changed on the way; run the same command again"},
        {at(s3_errc::not_implemented), "this store lacks a feature that sluice needs"},
    };
    return table;
}

const hints& engine_hints() {
    static const hints table = {
        {at(engine_errc::fenced), "another run exports to this prefix now; nothing was lost"},
        {at(engine_errc::claimed_by_other),
         "that transfer goes on under its own --name; another one needs another prefix, or "
         "--take-over when that run is known to be over"},
        {at(engine_errc::other_incarnation), "use another prefix, or another target stream"},
        {at(engine_errc::diverged), "nothing was overwritten; another prefix takes all of it"},
        {at(engine_errc::foreign_object), "use another prefix; nothing was overwritten"},
        {at(engine_errc::guarantee_not_given),
         "this store cannot keep two writers apart; use another one"},
        {at(engine_errc::run_by_other),
         "pause that one with `sluice transfer pause`, or wait until it has ended"},
        {at(engine_errc::format_differs),
         "use that format, or another prefix: one prefix holds one format"},
        {at(engine_errc::no_export_here),
         "check the address; that of an export is the folder of its "
         "stream, or that folder's parent"},
        {at(engine_errc::ambiguous_prefix), "name one of these folders"},
        {at(engine_errc::damaged_object),
         "nothing was changed; of an export `sluice verify` shows all that is damaged and `sluice "
         "repair` exports it again"},
        {at(engine_errc::gave_up), "run the same command again: it continues"},
        {at(engine_errc::paused), "run the same command again: it continues"},
        {at(engine_errc::stopped), "the same command continues it"},
        {at(engine_errc::limit_reached), "the same command continues"},
        {at(engine_errc::state_unusable), "name another file with --state"},
    };
    return table;
}

/// What one command can do about it, and others cannot.
struct own_hint {
    std::string_view verb;
    error_code code;
    std::string_view text;
};

const std::vector<own_hint>& own_hints() {
    static const std::vector<own_hint> all = {
        {"import",
         stream_errc::malformed,
         "what came before it is kept; mend the input, or leave it out with --on-bad skip"},
        {"import",
         engine_errc::damaged_object,
         "nothing was changed; of an export `sluice verify` shows all that is damaged and `sluice "
         "repair` exports it again; with --on-bad skip the import goes on behind it"},
        {"import", engine_errc::other_incarnation, "import into another stream"},
        {"import", stream_errc::diverged, "import into another stream"},
        {"export", engine_errc::other_incarnation, "use another prefix"},
        {"export", stream_errc::diverged, "use another prefix"},
        {"repair", engine_errc::other_incarnation, "name the stream that was exported with --from"},
        {"inspect",
         s3::s3_errc::no_such_key,
         "`sluice verify` shows all that is missing, and `sluice repair` exports it again from the "
         "stream"},
        {"verify",
         engine_errc::other_incarnation,
         "name the stream that was exported, or one that an import of it has filled"},
    };
    return all;
}

const hints* table_of(const boost::system::error_category& category) {
    if (category == base_category()) return &base_hints();
    if (category == stream_category()) return &stream_hints();
    if (category == s3::s3_category()) return &s3_hints();
    if (category == engine_category()) return &engine_hints();
    return nullptr;
}

} // namespace

std::string_view way_out(const failure& why, std::string_view verb) {
    const bool of_commits = why.where.find("/_sluice/") != std::string::npos;
    if (why.code == engine_errc::damaged_object && of_commits)
        return "put it back from a copy of the bucket, under its own key: no command makes one up";
    for (const own_hint& each : own_hints())
        if (each.verb == verb && each.code == why.code) return each.text;
    const hints* table = table_of(why.code.category());
    if (!table) return {};
    const auto hint = table->find(why.code.value());
    return hint == table->end() ? std::string_view() : hint->second;
}

std::string error_line(const failure& why) {
    return error_line(why, way_out(why));
}

std::string error_line(const failure& why, std::string_view hint) {
    // An argument that cannot be used is told whole by its own words.
    const bool plain = why.code == errc::invalid_argument || why.code == engine_errc::usage;
    std::string line = "sluice: ";
    line += plain && !why.where.empty() ? why.where : describe(why);
    // What was given, or stands in a bucket, does not reach the terminal as a command to it.
    for (char& c : line)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    if (!hint.empty()) line += " (" + std::string(hint) + ")";
    return line;
}

} // namespace sluice::command
