// stream: an event as one line of JSON.
#include "json_text.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/format.hpp>

namespace sluice {

namespace {

void put_json_headers(json_text& to, const std::vector<header>& headers) {
    to.put('[');
    bool first = true;
    for (const header& each : headers) {
        to.put(first ? "{\"name\":" : ",{\"name\":");
        first = false;
        to.put_string(each.name);
        to.put(",\"value\":");
        to.put_optional(each.value);
        to.put('}');
    }
    to.put(']');
}

void put_json_fragment(json_text& to, const fragment& part) {
    to.put("{\"offset\":");
    to.put_number(part.offset);
    to.put(",\"last\":");
    if (part.last) {
        to.put("{\"length\":");
        to.put_number(part.last->length);
        to.put(",\"crc64nvme\":\"");
        to.put(crc64_base64(part.last->crc64nvme));
        to.put("\"}");
    } else {
        to.put("null");
    }
    to.put('}');
}

} // namespace

void put_event(json_text& to, const record& what) {
    to.put("{\"sequence\":");
    to.put_number(what.sequence);
    to.put(",\"timestamp\":");
    if (what.timestamp) {
        to.put_timestamp(*what.timestamp);
    } else {
        to.put("null");
    }
    to.put(",\"key\":");
    to.put_optional(what.key);
    to.put(",\"headers\":");
    put_json_headers(to, what.headers);
    to.put(",\"value\":");
    to.put_optional(what.value);
    to.put(",\"fragment\":");
    if (what.part) {
        put_json_fragment(to, *what.part);
    } else {
        to.put("null");
    }
    to.put("}\n");
}

void append_json_event(std::string& to, const record& what) {
    json_text line{buffer()};
    put_event(line, what);
    to.append(line.view());
}

} // namespace sluice
