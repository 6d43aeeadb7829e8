<?xml version="1.0"?>
<!-- The cells of one sheet of a spreadsheet, a line each: place, kind (s text, n number, f formula), value. The texts of
     all sheets are in a file of their own, $strings. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
	xmlns:m="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
	<xsl:output method="text" encoding="UTF-8"/>
	<xsl:param name="strings"/>
	<xsl:variable name="texts" select="document($strings)/m:sst/m:si"/>
	<xsl:template match="/">
		<xsl:for-each select="//m:sheetData/m:row/m:c[m:v or m:f]">
			<xsl:variable name="at" select="m:v"/>
			<xsl:value-of select="concat(@r, '|')"/>
			<xsl:choose>
				<xsl:when test="m:f">f|<xsl:value-of select="m:f"/></xsl:when>
				<xsl:when test="@t = 's'">s|<xsl:value-of select="$texts[position() = $at + 1]"/></xsl:when>
				<xsl:when test="@t">
					<xsl:value-of select="concat(@t, '|', m:v)"/>
				</xsl:when>
				<xsl:otherwise>n|<xsl:value-of select="m:v"/></xsl:otherwise>
			</xsl:choose>
			<xsl:text>&#10;</xsl:text>
		</xsl:for-each>
	</xsl:template>
</xsl:stylesheet>
