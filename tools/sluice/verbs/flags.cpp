// tools: options that several verbs share.
#include "flags.hpp"

#include "../io/directories.hpp"
#include "verb.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

namespace sluice::command {

void add_s3_flags(CLI::App& to, s3_options& s3) {
    const std::string group = "Store (else as the AWS SDKs: environment, then shared files)";
    to.add_option(
          "--endpoint-url", s3.endpoint_url, "Server, when it is not AWS: https://host:port"
    )
        ->type_name("URL")
        ->group(group);
    to.add_option("--region", s3.region, "Region of the bucket")->type_name("NAME")->group(group);
    to.add_option("--profile", s3.profile, "Profile of the shared credentials and config files")
        ->type_name("NAME")
        ->group(group);
    to.add_option("--ca-bundle", s3.ca_bundle, "PEM file of certificates to trust")
        ->type_name("FILE")
        ->group(group);
    const auto accept_any = [&s3] { s3.verify_ssl = false; };
    to.add_flag_callback("--no-verify-ssl", accept_any, "Accept any certificate (dangerous)")
        ->group(group);
    const auto as_nobody = [&s3] { s3.sign_requests = false; };
    to.add_flag_callback("--no-sign-request", as_nobody, "Ask as nobody, without credentials")
        ->group(group);
    to.add_option("--path-style", s3.path_style, "Bucket in the path: auto, always, never")
        ->type_name("WORD")
        ->capture_default_str()
        ->group(group);
    to.add_option(
          "--sign-payload", s3.sign_payload, "Hash bodies before sending: auto, always, never"
    )
        ->type_name("WORD")
        ->capture_default_str()
        ->group(group);
    to.add_option("--checksum", s3.checksum, "Sent with bodies: auto, crc64nvme, crc32c, none")
        ->type_name("WORD")
        ->capture_default_str()
        ->group(group);
}

void add_data_dir(CLI::App& to, std::string& data_dir) {
    data_dir = default_data_dir();
    to.add_option("--data-dir", data_dir, "Directory of the streams")
        ->type_name("DIR")
        ->capture_default_str();
}

void add_state_file(CLI::App& to, std::string& state_file) {
    state_file = default_state_file();
    to.add_option("--state", state_file, "Journal of the transfers")
        ->type_name("FILE")
        ->capture_default_str();
}

void add_transfer_flags(CLI::App& to, transfer_words& words) {
    to.add_option("--name", words.name, "Name of the transfer (else derived from what it moves)")
        ->type_name("NAME");
    to.add_option("--concurrency", words.concurrency, "Requests at once, per destination (0: auto)")
        ->type_name("N")
        ->capture_default_str();
    to.add_option("--memory", words.memory, "Buffers of all destinations together")
        ->type_name("SIZE")
        ->capture_default_str();
    to.add_option(
          "--weight", words.weight, "Its share beside other transfers of the process, 1 to 1000"
    )
        ->type_name("N")
        ->capture_default_str();
    to.add_option("--priority", words.priority, "Before transfers of a lower one, -100 to 100")
        ->type_name("NUMBER")
        ->capture_default_str();
    to.add_option(
          "--retry-for",
          words.retry_for,
          "Give up after so long without any success; forever: never (with --follow)"
    )
        ->type_name("TIME")
        ->capture_default_str();
    to.add_option("--drain", words.drain, "How long a pause waits for what is on its way")
        ->type_name("TIME")
        ->capture_default_str();
    to.add_option("--max-events", words.max_events, "Pause after about so many events (status 8)")
        ->type_name("N");
    to.add_option(
          "--max-transfer", words.max_transfer, "Pause after about so many bytes (status 8)"
    )
        ->type_name("SIZE");
    to.add_option("--max-duration", words.max_duration, "Pause after so long (status 8)")
        ->type_name("TIME");
    to.add_option(
          "--bwlimit",
          words.bwlimit,
          "Bytes a second, all destinations together: 50MiB/s, or by time: \"08:00,5MiB/s "
          "19:00,off\""
    )
        ->type_name("RATE");
    to.add_option("--max-requests", words.max_requests, "Requests a second to each destination")
        ->type_name("N/s");
    to.add_flag("--fail-if-empty", words.fail_if_empty, "Status 9 when there was nothing to move");
    add_s3_flags(to, words.s3);
}

void take_command(const chosen_verb& chosen, transfer_words& words, std::string& state_file) {
    words.command = chosen.command;
    if (chosen.obeys.empty()) return;
    words.resume = false;
    words.ends_only = chosen.ends_only;
    words.known_as = chosen.name;
    words.endpoints = chosen.endpoints;
    state_file = chosen.obeys;
}

void add_display_flags(CLI::App& to, display_words& words) {
    const std::string group = "Output";
    to.add_flag("-q,--quiet", words.quiet, "No progress, no summary")->group(group);
    to.add_flag("--json", words.json, "One JSON document on stdout at the end")->group(group);
    to.add_option("--stats", words.stats, "Between progress lines, where stderr is no terminal")
        ->type_name("TIME")
        ->capture_default_str()
        ->group(group);
    to.add_option("--log-format", words.log_format, "Log lines on stderr: text or json")
        ->type_name("WORD")
        ->capture_default_str()
        ->group(group);
    to.add_flag("-v,--verbose", words.verbose, "A log line per committed object; twice: more")
        ->group(group);
}

result<display> make_display(const display_words& words) {
    display shown;
    auto every = duration_of_option("--stats", words.stats);
    if (!every) return every.error();
    if (every->count() < 1) return usage_failure("--stats must be at least 1ms");
    if (words.log_format == "json")
        shown.format = log_format::json;
    else if (words.log_format != "text")
        return usage_failure("--log-format " + words.log_format + ": must be text or json");
    // Whoever asks for JSON lines wants those of the objects: a catalogue can be rebuilt from them.
    if (words.verbose > 0 || shown.format == log_format::json) shown.least = log_level::info;
    if (words.verbose > 1) shown.least = log_level::debug;
    shown.json = words.json;
    shown.console.quiet = words.quiet;
    shown.console.every = *every;
    // A moving display and log lines would overwrite each other.
    shown.console.terminal = ::isatty(STDERR_FILENO) == 1 && shown.least == log_level::warning;
    return shown;
}

} // namespace sluice::command
