/* The version, which only CMakeLists.txt knows. A number without quotes crosses every tool unharmed. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define VERSION_QUOTED_(v) #v
#define VERSION_QUOTED(v) VERSION_QUOTED_(v)
#define KETNAP_VERSION VERSION_QUOTED(KETNAP_VERSION_NUMBER)
#endif
