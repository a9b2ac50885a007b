// s3client: JSON and XML that hold credentials. What they hold is in no failure.
#include "credential_documents.hpp"

#include "http_head.hpp"
#include "xml_reading.hpp"

#include <sluice/base/text.hpp>
#include <sluice/s3/error.hpp>

#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace sluice::s3 {

namespace {

constexpr std::size_t most_text = 64 << 10;
constexpr std::size_t most_peer_text = 300;

failure no_document(std::string where) {
    failure why;
    why.code = s3_errc::no_credentials;
    why.where = std::move(where);
    return why;
}

/// The four texts of any of these documents.
struct raw_credentials {
    std::string access_key, secret_key, session_token, expiration;
};

result<credentials> checked(raw_credentials raw) {
    if (raw.access_key.empty() || raw.secret_key.empty())
        return no_document("the answer lacks an access key or its secret");
    credentials who;
    if (!raw.expiration.empty()) {
        const auto micros = parse_timestamp(raw.expiration);
        if (!micros)
            return no_document("the answer's expiration is no time like 2026-01-31T10:00:00Z");
        // The clock counts nanoseconds, up to the year 2262.
        constexpr std::int64_t year_2200 = 7'258'118'400'000'000;
        const std::chrono::microseconds since(std::clamp<std::int64_t>(*micros, 0, year_2200));
        who.expires = std::chrono::system_clock::time_point(since);
    }
    who.access_key = std::move(raw.access_key);
    who.secret_key = std::move(raw.secret_key);
    who.session_token = std::move(raw.session_token);
    if (is_header_safe(who.access_key) && is_header_safe(who.session_token)) return who;
    failure why = no_document("control bytes in the credentials");
    why.code = s3_errc::unsafe_input;
    return why;
}

/// One flat object of JSON.
class json_document {
  public:
    /// False: it is none.
    bool parse(std::string_view text) {
        if (text.size() > most_text) return false;
        const simdjson::padded_string padded(text);
        simdjson::dom::element root;
        return parser_.parse(padded).get(root) == simdjson::SUCCESS &&
               root.get_object().get(members_) == simdjson::SUCCESS;
    }
    /// Empty when there is no such text.
    std::string text(std::string_view name) const {
        std::string_view found;
        if (members_[name].get_string().get(found) != simdjson::SUCCESS) return {};
        return std::string(found);
    }
    bool is_number(std::string_view name, std::int64_t wanted) const {
        std::int64_t found = 0;
        return members_[name].get_int64().get(found) == simdjson::SUCCESS && found == wanted;
    }

  private:
    simdjson::dom::parser parser_;
    simdjson::dom::object members_;
};

raw_credentials read_members(const json_document& from, std::string_view token) {
    return {
        from.text("AccessKeyId"),
        from.text("SecretAccessKey"),
        from.text(token),
        from.text("Expiration")};
}

} // namespace

result<credentials> read_process_output(std::string_view text) {
    json_document document;
    if (!document.parse(text)) return no_document("it did not print one JSON object");
    if (!document.is_number("Version", 1))
        return no_document("the JSON that it printed does not say \"Version\": 1");
    return checked(read_members(document, "SessionToken"));
}

result<credentials> read_metadata_credentials(std::string_view text) {
    json_document document;
    if (!document.parse(text)) return no_document("the answer is not one JSON object");
    const std::string code = document.text("Code");
    if (code.empty() || code == "Success") return checked(read_members(document, "Token"));
    failure why = no_document("the answer holds no credentials");
    why.peer_text = code;
    const std::string message = document.text("Message");
    if (!message.empty()) why.peer_text += ": " + message;
    if (why.peer_text.size() > most_peer_text) why.peer_text.resize(most_peer_text);
    return why;
}

result<credentials> read_assumed_role(std::string_view text) {
    pugi::xml_document document;
    if (text.size() > most_text || !parse_xml(text, document))
        return no_document("the answer of STS is no XML document");
    const pugi::xml_node root = root_of(document);
    for (const pugi::xml_node& each : root.children()) {
        const pugi::xml_node found = child_of(each, "Credentials");
        if (!found) continue;
        return checked(
            {text_of(found, "AccessKeyId"),
             text_of(found, "SecretAccessKey"),
             text_of(found, "SessionToken"),
             text_of(found, "Expiration")}
        );
    }
    return no_document("the answer of STS holds no credentials");
}

} // namespace sluice::s3
