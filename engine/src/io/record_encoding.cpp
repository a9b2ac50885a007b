// engine: exports whose pieces can be read as records, each alone.
#include "record_encoding.hpp"

#include <sluice/engine/error.hpp>

#include <string>

namespace sluice {

result<object_encoding> encoding_of_records(const export_folder& where) {
    auto encoding = known_encoding(where.document.format, where.document.codec);
    if (!encoding || !values_only(encoding->format)) return encoding;
    failure why;
    why.code = engine_errc::usage;
    why.where = "s3://" + where.bucket + "/" + where.folder + ": holds " + where.document.format +
                " objects, whose pieces may begin inside an event; `sluice import` makes a stream "
                "of them, which `sluice stream cat` and `sluice verify --against` read";
    return why;
}

} // namespace sluice
