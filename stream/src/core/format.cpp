// stream: the names of the formats.
#include <sluice/base/error.hpp>
#include <sluice/stream/format.hpp>

namespace sluice {

std::string_view name_of(object_format format) {
    return format == object_format::avro ? "avro" : "ndjson";
}

result<object_format> parse_format(std::string_view name) {
    for (const auto known : {object_format::avro, object_format::ndjson})
        if (name == name_of(known)) return known;
    failure why;
    why.code = errc::invalid_argument;
    why.where = "format '" + std::string(name) + "': known are avro and ndjson";
    return why;
}

} // namespace sluice
