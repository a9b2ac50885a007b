// s3sim: writes answer heads.
#include "core/answer_head.hpp"

namespace sluice::sim {

std::string_view reason_of(unsigned status) {
    switch (status) {
    case 200:
        return "OK";
    case 204:
        return "No Content";
    case 206:
        return "Partial Content";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 409:
        return "Conflict";
    case 412:
        return "Precondition Failed";
    case 416:
        return "Requested Range Not Satisfiable";
    case 500:
        return "Internal Server Error";
    case 503:
        return "Slow Down";
    default:
        return "Status";
    }
}

std::string answer_text(const answer_head& head, sys_seconds now) {
    std::string out = "HTTP/1.1 " + std::to_string(head.status) + ' ';
    out += reason_of(head.status);
    out += "\r\nServer: sluice-s3sim\r\nDate: " + http_date(now) +
           "\r\nx-amz-request-id: " + head.request_id + "\r\n";
    for (const auto& [name, value] : head.headers)
        out += name + ": " + value + "\r\n";
    if (head.length) out += "Content-Length: " + std::to_string(*head.length) + "\r\n";
    if (!head.keep_alive) out += "Connection: close\r\n";
    return out + "\r\n";
}

} // namespace sluice::sim
