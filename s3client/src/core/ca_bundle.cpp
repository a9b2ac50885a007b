// s3client: what is said of a file of trusted certificates that cannot be used.
#include <sluice/s3/ca_bundle.hpp>

namespace sluice::s3 {

failure unusable_bundle(const std::string& path, errc how) {
    failure why;
    why.code = how;
    why.where = "CA bundle " + path;
    why.where +=
        how == errc::not_found ? ": the file cannot be read" : ": it holds no PEM certificate";
    return why;
}

} // namespace sluice::s3
