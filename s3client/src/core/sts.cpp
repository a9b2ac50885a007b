// s3client: AssumeRole and AssumeRoleWithWebIdentity, version 2011-06-15.
#include "sts.hpp"

#include "error_table.hpp"
#include "xml_reading.hpp"

#include <sluice/base/text.hpp>
#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

constexpr std::size_t most_peer_text = 500;

void add(std::string& form, const char* name, const std::string& value) {
    form.append("&").append(name).append("=").append(percent_encode(value));
}

failure refused_part(const char* name) {
    failure why;
    why.code = s3_errc::unsafe_input;
    why.where = std::string("control bytes in the ") + name;
    return why;
}

result<std::string>
role_form(const char* action, const role_request& what, std::chrono::sys_seconds now) {
    if (!is_header_safe(what.role_arn)) return refused_part("role's ARN");
    if (!is_header_safe(what.session_name)) return refused_part("role's session name");
    if (!is_header_safe(what.external_id)) return refused_part("external id");
    const std::string made_up = "sluice-" + std::to_string(now.time_since_epoch().count());
    std::string form = std::string("Action=") + action + "&Version=2011-06-15";
    add(form, "RoleArn", what.role_arn);
    add(form, "RoleSessionName", what.session_name.empty() ? made_up : what.session_name);
    add(form, "DurationSeconds", std::to_string(what.duration.count()));
    if (!what.external_id.empty()) add(form, "ExternalId", what.external_id);
    return form;
}

s3_errc meaning_of_refusal(unsigned status, std::string_view code) {
    if (code == "IDPCommunicationError") return s3_errc::internal_error;
    const s3_errc meaning = meaning_of(status, code, subject::bucket);
    switch (meaning) {
    case s3_errc::slow_down:
    case s3_errc::internal_error:
    case s3_errc::request_timeout:
        return meaning;
    default:
        return s3_errc::no_credentials;
    }
}

} // namespace

http_url sts_url(const std::string& region) {
    http_url url;
    url.where.region = region.empty() ? "us-east-1" : region;
    url.where.host = region.empty() ? "sts.amazonaws.com" : "sts." + region + ".amazonaws.com";
    if (region.starts_with("cn-")) url.where.host += ".cn";
    return url;
}

result<std::string> assume_role_form(const role_request& what, std::chrono::sys_seconds now) {
    return role_form("AssumeRole", what, now);
}

result<std::string> web_identity_form(
    const role_request& what, const std::string& token, std::chrono::sys_seconds now
) {
    auto form = role_form("AssumeRoleWithWebIdentity", what, now);
    if (form) add(*form, "WebIdentityToken", token);
    return form;
}

failure read_sts_failure(unsigned status, std::string_view text) {
    failure why;
    why.where = "STS refuses";
    why.peer_text = "HTTP status " + std::to_string(status);
    std::string code;
    pugi::xml_document document;
    if (parse_xml(text, document)) {
        const pugi::xml_node root = root_of(document);
        const pugi::xml_node error = child_of(root, "Error");
        code = text_of(error, "Code");
        const std::string message = text_of(error, "Message");
        if (!code.empty()) why.peer_text = message.empty() ? code : code + ": " + message;
        why.request_id = text_of(root, "RequestId");
    }
    if (why.peer_text.size() > most_peer_text) why.peer_text.resize(most_peer_text);
    why.code = meaning_of_refusal(status, code);
    return why;
}

bool is_about_the_clock(const failure& why) {
    const std::string& said = why.peer_text;
    return said.starts_with("RequestExpired") || said.starts_with("RequestTimeTooSkewed") ||
           said.starts_with("SignatureDoesNotMatch: Signature expired") ||
           said.starts_with("SignatureDoesNotMatch: Signature not yet current");
}

} // namespace sluice::s3
