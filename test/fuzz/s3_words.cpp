// fuzzing: what the client is told by files, programs and services about credentials and places,
// and the one writer of URLs.
#include "core/config_files.hpp"
#include "core/credential_documents.hpp"
#include "core/credential_source.hpp"
#include "core/http_head.hpp"
#include "core/http_url.hpp"
#include "core/target.hpp"
#include "fuzz.hpp"

#include <sluice/base/text.hpp>
#include <sluice/s3/proxy.hpp>

#include <algorithm>

using namespace sluice;
using namespace sluice::s3;

namespace {

void check_keys(const result<credentials>& read) {
    if (!fuzz::accepted(read)) return;
    fuzz::must(!read->access_key.empty() && !read->secret_key.empty(), "keys are whole");
    fuzz::must(is_header_safe(read->access_key), "an access key can be sent");
    fuzz::must(is_header_safe(read->session_token), "a session token can be sent");
}

/// The text as either file, with each profile that it may hold.
void check_files(const std::string& text) {
    const environment nobody = [](const std::string&) { return std::optional<std::string>(); };
    shared_files files;
    files.config_path = "/config";
    files.credentials_path = "/credentials";
    for (std::string* const file : {&files.config, &files.credentials}) {
        *file = text;
        for (const char* const profile : {"", "a", "b"}) {
            const auto choice = choose_source(nobody, profile, files);
            if (!choice && fuzz::accepted(parse_ini(text, "/file")))
                fuzz::must(
                    choice.error().where.find('\n') == std::string::npos, "a refusal is one line"
                );
            fuzz::accepted(resolve_settings(nobody, profile, files));
        }
    }
}

bool is_wire_safe(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

void check_urls(const std::string& text) {
    if (const auto url = parse_http_url(text); fuzz::accepted(url)) {
        fuzz::must(url->target.starts_with('/'), "a target begins with a slash");
        fuzz::must(is_wire_safe(url->target), "a target can be sent");
    }
    if (const auto where = parse_endpoint(text); fuzz::accepted(where))
        fuzz::must(is_wire_safe(where->host), "a host can be sent");
    if (const auto proxy = parse_proxy(text); fuzz::accepted(proxy))
        fuzz::must(is_wire_safe(proxy->host), "a proxy's host can be asked");
}

/// Any bytes are a key, and come back as they were.
void check_key(const std::string& text) {
    const written_target target = write_target("/" + text, {{"prefix", text}, {"list-type", "2"}});
    fuzz::must(is_wire_safe(target.wire()), "a request line is one");
    fuzz::must(percent_decode(target.path).value() == "/" + text, "a key comes back");
    const auto at = target.query.find("prefix=");
    fuzz::must(percent_decode(target.query.substr(at + 7)).value() == text, "a prefix comes back");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(fuzz::text_of(data, size));
    check_files(text);
    check_keys(read_process_output(text));
    check_keys(read_metadata_credentials(text));
    check_keys(read_assumed_role(text));
    check_urls(text);
    check_key(text);
    return 0;
}
